import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../src/clock.ts';
import { ledger } from '../../src/doctor/checks/ledger.ts';
import { load } from '../config/room.ts';
import { openBench } from '../ledger/disk/damage/kinds.ts';

const MIB = 1_048_576;

describe('doctor: room for the ledger', () => {
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-room-'));
    const bench = await openBench(folder);
    await Promise.all(Array.from({ length: 950 }, (_, i) => bench.apply(`m-${i}`)));
    await bench.ledger.close();
  });
  after(() => rmSync(folder, { recursive: true }));

  const CASES: readonly (readonly [name: string, freeMib: number, max: number, level: string, says: RegExp])[] = [
    ['plenty', 100_000, 10_000, 'ok', /^sound when opened, 950 entries/],
    ['a disk that is nearly full', 300, 10_000, 'warning', /^300 MiB are free where it lies/],
    ['a disk that is full', 3, 10_000, 'problem', /^3 MiB are free where it lies/],
    ['as many entries as it may hold', 100_000, 1_000, 'warning', /^950 of 1000 entries are used/],
  ];
  for (const [name, freeMib, max, level, says] of CASES) {
    it(`${name}: ${level}`, async () => {
      const config = load(
        { TWILIO_AUTH_TOKEN: '0123456789abcdef0123456789abcdef', STORAGE_DIR: folder },
        [],
        [`extensions.file_storage.max_entries=${max}`],
      );
      const found = await ledger.run({
        config,
        trial: false,
        layers: '',
        clock: systemClock,
        freeBytes: () => freeMib * MIB,
        accounts: [],
        agent: { running: false },
      });
      expect(found.map((each) => each.level)).to.deep.equal([level]);
      expect(found[0]!.says).to.match(says);
    });
  }
});
