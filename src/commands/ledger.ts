import { systemClock } from '../clock.ts';
import { isSigned } from '../config/listen.ts';
import type { Config } from '../config/schema.ts';
import { recount } from '../families/index.ts';
import { backupLedger, ledgerStats, verifyLedger } from '../ledger/disk/check/inspect.ts';
import { holdsLedger, StorageError } from '../ledger/disk/leveldb/level.ts';
import { ledgerDirectory } from '../ledger/open.ts';
import { booksOf } from '../wiring/lifecycles.ts';

const EXIT_STORAGE = 78;
const EXIT_USAGE = 2;

/** `ledger stats`, `ledger verify` and `ledger backup DIR`, on the ledger that the configuration names. */
export async function ledgerCommand(
  [action, target]: readonly string[],
  config: Config,
  trial: boolean,
  say: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const nowMs = systemClock.wallMs();
  try {
    const directory = whichLedger(config, trial);
    if (action === 'stats') {
      say(await ledgerStats(directory, nowMs, booksOf(config)));
      return 0;
    }
    if (action === 'verify') {
      const problems = await verifyLedger(directory, nowMs, { recount, books: booksOf(config) });
      for (const problem of problems) complain(`ledger: ${directory}: ${problem}`);
      if (problems.length === 0) say(`ledger: ${directory} is sound`);
      return problems.length === 0 ? 0 : EXIT_STORAGE;
    }
    if (action === 'backup' && target) {
      say(`ledger: copied ${await backupLedger(directory, target, nowMs)} keys of ${directory} to ${target}`);
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

/** The folder of the ledger that lies there. Where a trial's lies there too, a token or `--trial` must say which is meant. */
function whichLedger(config: Config, trial: boolean): string {
  const { twilio } = config.receivers;
  if (twilio.storage === 'memory') {
    throw new StorageError('ledger: receivers.twilio.storage is memory: there is nothing on disk to look at');
  }
  const [signed, ofTrial] = [ledgerDirectory(config, false), ledgerDirectory(config, true)];
  if (trial) return ofTrial;
  const [hasSigned, hasTrial] = [holdsLedger(signed), holdsLedger(ofTrial)];
  if (hasSigned && hasTrial && !isSigned(twilio)) {
    throw new StorageError(
      `ledger: both ${signed} and ${ofTrial} hold a ledger: name the second with --trial, or set TWILIO_AUTH_TOKEN for the first`,
    );
  }
  if (hasSigned === hasTrial) return isSigned(twilio) ? signed : ofTrial;
  return hasSigned ? signed : ofTrial;
}
