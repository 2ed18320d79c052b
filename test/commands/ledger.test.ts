import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { command, type Env } from '../command.ts';
import { openBench } from '../ledger/disk/damage/kinds.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';

/**
 * Root reads everything, unless it has none of its rights. Another user would do as well, but may not read the folder in
 * which this repository lies.
 */
const WITHOUT_RIGHTS = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];

describe('ledger commands: which ledger', () => {
  let root: string;
  let folder: string;
  let trial: string;
  let copy: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'which-'));
    [folder, copy] = [join(root, 'ledger'), join(root, 'copy')];
    trial = join(folder, 'trial');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const lay = async (...directories: string[]) => {
    for (const directory of directories) {
      const { ledger } = await openBench(directory);
      await ledger.close();
    }
  };
  const ledger = (args: readonly string[], env: Env = {}) =>
    command(['ledger', ...args], { STORAGE_DIR: folder, ...env });

  for (const action of ['stats', 'verify', 'backup'] as const) {
    const args = () => (action === 'backup' ? [action, copy] : [action]);

    it(`${action}: the one that lies there, without its token too`, async () => {
      await lay(folder);
      const { code, stdout } = await ledger(args());
      expect(code).to.equal(0);
      expect(stdout)
        .to.match(new RegExp(`${folder}(?!/trial)`))
        .and.not.include(trial);
    });

    it(`${action}: that of a trial where no other lies there, beside a token too`, async () => {
      await lay(trial);
      const { code, stdout } = await ledger(args(), { TWILIO_AUTH_TOKEN: TOKEN });
      expect(code).to.equal(0);
      expect(stdout).to.include(trial);
    });

    it(`${action}: where both lie there, one must be named`, async () => {
      await lay(folder, trial);
      const unnamed = await ledger(args());
      expect([unnamed.code, unnamed.stdout]).to.deep.equal([78, '']);
      expect(unnamed.stderr).to.include(folder).and.include(trial).and.include('--trial');
      expect(existsSync(copy)).to.equal(false);
      expect((await ledger([...args(), '--trial'])).stdout).to.include(trial);
      rmSync(copy, { recursive: true, force: true });
      expect((await ledger(args(), { TWILIO_AUTH_TOKEN: TOKEN })).stdout).to.not.include(trial);
    });

    it(`${action}: where none lies there, it says so and makes none`, async () => {
      const { code, stderr } = await ledger(args());
      expect(code).to.equal(78);
      expect(stderr).to.include('holds no ledger');
      expect(existsSync(trial)).to.equal(false);
    });

    it(`${action}: in memory there is nothing to look at`, async () => {
      await lay(folder);
      const { code, stderr } = await ledger([...args(), '--set', 'receivers.twilio.storage=memory']);
      expect(code).to.equal(78);
      expect(stderr).to.include('nothing on disk to look at');
    });
  }

  it('verify on a damaged one says where, and does not advise itself', async () => {
    await lay(folder, folder);
    const current = join(folder, 'CURRENT');
    writeFileSync(current, readFileSync(current, 'latin1').replace('MANIFEST', 'MANIFESX'));
    const { code, stderr } = await ledger(['verify']);
    expect(code).to.equal(78);
    expect(stderr).to.include('CURRENT names no manifest').and.not.include('ledger verify');
  });

  for (const action of ['stats', 'verify'] as const) {
    it(`${action} of a running agent: it says how to look all the same`, async () => {
      const { ledger: running } = await openBench(folder);
      const { code, stderr } = await ledger([action]);
      await running.close();
      expect(code).to.equal(78);
      expect(stderr).to.include('is in use by an agent').and.include('ledger backup DIR');
    });
  }

  for (const args of [['ledger', 'stats'], ['ledger', 'verify'], ['ledger', 'backup', 'copy'], ['run']]) {
    it(`${args.join(' ')} by a user who may not read it: one line that says so`, async () => {
      await lay(folder);
      chmodSync(folder, 0);
      const node = [process.execPath, '--import', 'tsx', 'src/main.ts', ...args];
      const [program = '', ...rest] = process.getuid?.() === 0 ? [...WITHOUT_RIGHTS, ...node] : node;
      const { status, stdout, stderr } = spawnSync(program, rest, {
        env: { PATH: process.env['PATH'], NODE_ENV: 'test', STORAGE_DIR: folder, PORT: '0' },
        encoding: 'utf8',
      });
      chmodSync(folder, 0o700);
      expect(status, stderr).to.equal(78);
      expect(`${stdout}${stderr}`.trim().split('\n')).to.have.length(1);
      expect(`${stdout}${stderr}`).to.include(folder).and.include('run this as the user of the agent');
    });
  }

  it('backup into a file, or restore of one: one line that says so', async () => {
    await lay(folder);
    writeFileSync(copy, '');
    for (const action of ['backup', 'restore']) {
      const { code, stderr } = await ledger([action, copy, ...(action === 'restore' ? ['--set-aside'] : [])]);
      expect(code).to.equal(78);
      expect(stderr).to.match(/^ledger: .*(?:EEXIST|ENOTDIR)/);
      expect(stderr.trim().split('\n')).to.have.length(1);
    }
  });
});
