import { systemClock } from '../clock.ts';
import { isSigned } from '../config/listen.ts';
import type { Config } from '../config/schema.ts';
import { recount } from '../families/index.ts';
import { backupLedger, ledgerStats, verifyLedger } from '../ledger/disk/check/inspect.ts';
import { StorageError } from '../ledger/disk/leveldb/level.ts';
import { ledgerDirectory } from '../ledger/open.ts';
import { booksOf } from '../wiring/lifecycles.ts';

const EXIT_STORAGE = 78;
const EXIT_USAGE = 2;

/** `ledger stats`, `ledger verify` and `ledger backup DIR`, on the ledger that the configuration names. */
export async function ledgerCommand(
  [action, target]: readonly string[],
  config: Config,
  say: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const directory = ledgerDirectory(config, !isSigned(config.receivers.twilio));
  const nowMs = systemClock.wallMs();
  try {
    if (action === 'stats') {
      say(await ledgerStats(directory, nowMs, booksOf(config)));
      return 0;
    }
    if (action === 'verify') {
      const problems = await verifyLedger(directory, nowMs, { recount, books: booksOf(config) });
      for (const problem of problems) complain(`ledger: ${problem}`);
      if (problems.length === 0) say(`ledger: ${directory} is sound`);
      return problems.length === 0 ? 0 : EXIT_STORAGE;
    }
    if (action === 'backup' && target) {
      say(`ledger: copied ${await backupLedger(directory, target, nowMs)} keys to ${target}`);
      return 0;
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    complain(error.message);
    return EXIT_STORAGE;
  }
  complain('usage: twilio-otel-agent ledger stats | verify | backup DIR');
  return EXIT_USAGE;
}
