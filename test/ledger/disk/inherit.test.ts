import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pino from 'pino';
import { inherit, recount } from '../../../src/families/index.ts';
import { verifyLedger } from '../../../src/ledger/disk/check/inspect.ts';
import { DiskLedger } from '../../../src/ledger/disk/disk.ts';
import type { ShortKey } from '../../../src/ledger/keys.ts';
import type { LedgerRecord } from '../../../src/ledger/record.ts';
import { KNOWN } from '../../known-families.ts';
import { ManualClock } from '../../manual-clock.ts';
import { DAY_MS } from '../keeping.ts';

// Written by a version that counted failures by code and had no categories: four of 30003 among twenty messages.
const FIXTURE = new URL('../../fixtures/ledger-format-2', import.meta.url).pathname;
const DELIVERY = 'twilio.messages.failed_by_category{"error_category":"delivery"}';

describe('ledger: a counter that came later than what it counts', () => {
  let directory: string;
  const clock = new ManualClock();
  const open = () =>
    DiskLedger.open({
      directory,
      windowMs: 7 * DAY_MS,
      maxEntries: 1_000,
      clock,
      inherit,
      books: KNOWN.books,
      onCommit: () => {},
      log: pino({ level: 'silent' }),
    });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ledger-inherit-'));
    cpSync(FIXTURE, directory, { recursive: true });
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('has the history at the first start, as if it had been there always, and the ledger is sound', async () => {
    const ledger = await open();
    expect(ledger.base.totals.get(DELIVERY)).to.deep.equal({ sum: 4 });
    await ledger.close();
    expect(await verifyLedger(directory, clock.wallMs(), KNOWN)).to.deep.equal([]);
  });

  it('is not inherited twice', async () => {
    for (let start = 0; start < 3; start++) await (await open()).close();
    const ledger = await open();
    expect(ledger.base.totals.get(DELIVERY)).to.deep.equal({ sum: 4 });
    await ledger.close();
  });

  it('is missed where it was lost later', async () => {
    await (await open()).close();
    const twice = (key: ShortKey, record: LedgerRecord) => ({ ...recount(key, record), messagesFailedByCategory: 1 });
    expect(await verifyLedger(directory, clock.wallMs(), { ...KNOWN, recount: twice })).to.deep.equal([
      'twilio.messages.failed_by_category: the total is 4, the records say 20',
    ]);
  });
});
