import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import pino from 'pino';
import { inherit } from '../../../../src/families/index.ts';
import { ledgerStats, verifyLedger } from '../../../../src/ledger/disk/check/inspect.ts';
import { DiskLedger } from '../../../../src/ledger/disk/disk.ts';
import type { LedgerRecord } from '../../../../src/ledger/record.ts';
import { KNOWN } from '../../../known-families.ts';
import { ManualClock } from '../../../manual-clock.ts';

/** 20 messages of a ledger of format 1, each queued, sent and delivered or failed. */
const FIXTURE = new URL('../../../fixtures/ledger-format-1', import.meta.url).pathname;
const DAY_MS = 86_400_000;

describe('ledger: upgrade from format 1', () => {
  let directory: string;
  const clock = new ManualClock();
  const open = () =>
    DiskLedger.open({
      directory,
      windowMs: 7 * DAY_MS,
      maxEntries: 1_000,
      clock,
      inherit,
      onCommit: () => {},
      log: pino({ level: 'silent' }),
    });
  const keys = async (range: { gte: string; lt: string }): Promise<string[]> => {
    const level = new ClassicLevel<string, Buffer>(directory, { valueEncoding: 'buffer', compression: false });
    const found = await level.keys(range).all();
    await level.close();
    return found;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ledger-1-'));
    cpSync(FIXTURE, directory, { recursive: true });
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('knows every message again, and is sound', async () => {
    const known = (await keys({ gte: 'r:', lt: 'r;' })).map((stored) => stored.slice(2));
    expect(known).to.have.length(20);
    const ledger = await open();
    const given: (LedgerRecord | undefined)[] = [];
    for (const key of known) {
      const reduce = (previous?: LedgerRecord): 'duplicate' => {
        given.push(previous);
        return 'duplicate';
      };
      await ledger.apply([{ key, reduce }]);
    }
    expect(given.filter((record) => record && record.seen > 0)).to.have.length(20);
    await ledger.close();
    expect(await verifyLedger(directory, clock.wallMs(), KNOWN)).to.deep.equal([]);
    expect(await keys({ gte: 'x:', lt: 'x;' }), 'the index by age').to.deep.equal([]);
  });

  it('moves a message that goes on to a generation of now, and keeps it when the old ones expire', async () => {
    const [stored] = await keys({ gte: 'r:', lt: 'r;' });
    const key = stored!.slice(2);
    const ledger = await open();
    const touch = (name: string) =>
      ledger.apply([
        {
          key: name,
          reduce: (previous) =>
            previous && previous.seen >= 2 ** 12
              ? 'duplicate'
              : {
                  next: { seen: 2 ** 12, times: previous?.times ?? [] },
                  increments: [],
                },
        },
      ]);
    clock.advance(60 * DAY_MS);
    expect(await touch(key)).to.deep.equal(['accepted']);
    for (const name of ['message:x', 'message:y']) await touch(name);
    expect(ledger.stats().entries).to.equal(3);
    expect(await touch(key)).to.deep.equal(['duplicate']);
    await ledger.close();
    expect(await keys({ gte: 'r:', lt: 'r;' })).to.deep.equal([]);
    expect(await verifyLedger(directory, clock.wallMs(), KNOWN)).to.deep.equal([]);
  });

  it('leaves it to a start of the agent: a look inside changes nothing', async () => {
    let message = '';
    await ledgerStats(directory, clock.wallMs()).catch((error: Error) => (message = error.message));
    expect(message).to.include('format').and.include('start the agent');
    expect(await keys({ gte: 'x:', lt: 'x;' })).to.have.length.above(0);
  });
});
