import { systemClock } from '../clock.ts';
import { isSigned } from '../config/listen.ts';
import type { Config } from '../config/schema.ts';
import { recount } from '../families/index.ts';
import { ledgerStats, verifyLedger } from '../ledger/disk/check/inspect.ts';
import { backupLedger } from '../ledger/disk/copies/backup.ts';
import { type Restored, restoreLedger } from '../ledger/disk/copies/restore.ts';
import { holdsLedger } from '../ledger/disk/leveldb/files.ts';
import { StorageError } from '../ledger/disk/leveldb/storage-error.ts';
import { ledgerDirectory } from '../ledger/open.ts';
import { booksOf } from '../wiring/lifecycles.ts';

const EXIT_STORAGE = 78;
const EXIT_USAGE = 2;

/** `ledger stats`, `ledger verify`, `ledger backup DIR` and `ledger restore DIR`, on the ledger that the configuration names. */
export async function ledgerCommand(
  [action, target]: readonly string[],
  config: Config,
  { trial, setsAside }: { readonly trial: boolean; readonly setsAside: boolean },
  say: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const nowMs = systemClock.wallMs();
  try {
    if (action === 'restore' && target) {
      // Nothing may lie there to decide by: a backup goes to the agent's own place, unless the trial's is named.
      const directory = ledgerDirectory(config, trial);
      say(describeRestored(directory, target, await restoreLedger(target, directory, nowMs, { setsAside })));
      return 0;
    }
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
      const { entries, bytes } = await backupLedger(directory, target, nowMs);
      say(`ledger: copied ${directory} to ${target}: ${entries} entries, ${bytes} bytes`);
      return 0;
    }
  } catch (error) {
    const { message, syscall } = error as NodeJS.ErrnoException;
    // What the system refuses is no fault of this program, and neither is what LevelDB says of it.
    if (syscall === undefined && !message.startsWith('ledger: ')) throw error;
    complain(message.startsWith('ledger: ') ? message : `ledger: ${message}`);
    return EXIT_STORAGE;
  }
  complain('usage: twilio-otel-agent ledger stats | verify | backup DIR | restore DIR');
  return EXIT_USAGE;
}

const describeRestored = (directory: string, backup: string, { instanceId, startTimeMs, aside }: Restored): string =>
  `${aside ? `ledger: moved what lay in ${directory} to ${aside}\n` : ''}ledger: restored ${backup} into ${directory}
  instance: ${instanceId}, a new one; counting since: ${new Date(startTimeMs).toISOString()}, as before
  Prometheus: give the scraped target another "instance" label before the agent starts; under the old one it takes the
    lower totals for a counter reset and adds all of them again
  OTLP: the totals arrive as new streams, under the new service.instance.id
  What was counted after the backup is not in it: Twilio's late copies of it count once more`;

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
