import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pino from 'pino';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { AHEAD_MS } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { load } from '../config/room.ts';
import { Bench, DAY_MS } from './keeping.ts';

describe('ledger: as the configuration names it', () => {
  let directory: string;
  let lines: string[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ledger-open-'));
    lines = [];
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line).msg) });
  const open = (recreate = false, sets: string[] = []): Promise<Bench> => {
    const config = load({ STORAGE_DIR: directory }, [], sets);
    const rest = {
      config,
      trial: false,
      recreate,
      books: [],
      log,
      inherit: () => [],
      onBatch: () => {},
      onReopen: () => {},
    };
    return Bench.open({
      open: ({ clock, onCommit }): Promise<Ledger> => openLedger({ ...rest, clock, onCommit }),
    });
  };
  const aside = () => readdirSync(directory).filter((name) => name.startsWith('set-aside-'));

  it('--ledger-recreate leaves a ledger that can be used as it is, and says so', async () => {
    const bench = await open();
    await bench.apply('a');
    await bench.ledger.close();
    const again = await open(true);
    expect(await again.apply('a')).to.equal('duplicate');
    expect([aside(), lines]).to.deep.equal([[], [lines[0]]]);
    expect(lines[0]).to.include('did nothing');
    await again.ledger.close();
  });

  it('--ledger-recreate begins in an empty folder like any start', async () => {
    const bench = await open(true);
    expect(await bench.apply('a')).to.equal('accepted');
    expect(aside()).to.deep.equal([]);
    await bench.ledger.close();
  });

  it('--ledger-recreate never touches a ledger that is in use', async () => {
    const bench = await open();
    await bench.apply('a');
    const error = await open(true).catch((error) => error);
    expect(error.message).to.include('in use by another agent');
    // Not even where it would be taken for a damaged one.
    rmSync(join(directory, 'CURRENT'));
    expect((await open(true).catch((error) => error)).message).to.include('in use by another agent');
    expect(aside()).to.deep.equal([]);
    expect(await bench.apply('a')).to.equal('duplicate');
    await bench.ledger.close();
  });

  it('--ledger-recreate moves a damaged one aside and begins at zero', async () => {
    const bench = await open();
    await bench.apply('a');
    await bench.ledger.close();
    rmSync(join(directory, 'CURRENT'));
    const again = await open(true);
    expect(await again.apply('a')).to.equal('accepted');
    expect(aside()).to.have.length(1);
    expect(lines.join('\n')).to.match(/is damaged.*\n.*moved it to/);
    await again.ledger.close();
  });

  for (const restarts of [0, 1]) {
    it(`a write-ahead log that is missing is damage (after ${restarts} restarts)`, async () => {
      for (let i = 0; i <= restarts; i++) {
        const bench = await open();
        await bench.apply(`a${i}`);
        await bench.ledger.close();
      }
      for (const name of readdirSync(directory)) if (/^\d+\.log$/.test(name)) rmSync(join(directory, name));
      const error = await open().catch((error) => error);
      expect(error.message).to.include('is damaged: its write-ahead log is missing');
    });
  }

  for (const storage of ['file_storage', 'memory']) {
    it(`${storage}: remembers until a time that was signed an hour ahead is too old itself`, async () => {
      const bench = await open(false, [`receivers.twilio.storage=${storage}`]);
      await bench.apply('a');
      bench.clock.advance(7 * DAY_MS + AHEAD_MS - 1_000);
      await bench.apply('b');
      expect(await bench.apply('a')).to.equal('duplicate');
      expect(bench.ledger.stats().windowSeconds).to.equal((7 * DAY_MS) / 1_000);
      await bench.ledger.close();
    });
  }
});
