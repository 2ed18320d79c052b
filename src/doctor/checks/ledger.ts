import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isSigned } from '../../config/listen.ts';
import { ledgerStats } from '../../ledger/disk/check/inspect.ts';
import { holdsLedger, isLocked, sizeOnDisk } from '../../ledger/disk/leveldb/files.ts';
import { readMark } from '../../ledger/disk/leveldb/mark.ts';
import { ledgerDirectory } from '../../ledger/open.ts';
import { booksOf } from '../../wiring/lifecycles.ts';
import type { Check } from '../check.ts';
import { ok, problem, type Said, warning } from '../finding.ts';
import type { Room } from '../room.ts';

const MIB = 1_048_576;
/** Below this a start, or a compaction, may not get through. */
const LEAST_FREE = 64 * MIB;
/** A compaction writes anew before it deletes, so it may need as much again as is there. */
const enough = (bytes: number): number => Math.max(512 * MIB, bytes);

/** Whether the ledger can be used. One that an agent has open is looked at from outside only. */
export const ledger: Check = {
  name: 'ledger',
  async run(room) {
    const { config } = room;
    if (config.receivers.twilio.storage === 'memory') {
      return [
        warning(
          'in memory: a restart forgets all totals, and counts late copies again',
          'set receivers.twilio.storage to file_storage',
        ),
      ];
    }
    const directory = ledgerDirectory(
      config,
      !isSigned(config.receivers.twilio) && !config.receivers.twilio.allow_unsigned,
    );
    const found = [...access(directory), ...damage(directory), ...space(directory, room)];
    return found.length > 0 ? found : inside(room, directory);
  },
};

/** The nearest folder that is there: what is not there yet is made in it. */
const nearest = (directory: string): string =>
  existsSync(directory) ? directory : nearest(dirname(resolve(directory)));

function* access(directory: string): Iterable<Said> {
  try {
    accessSync(nearest(directory), constants.R_OK | constants.W_OK | constants.X_OK);
    if (existsSync(directory)) holdsLedger(directory);
  } catch (error) {
    const { code = 'EACCES' } = error as NodeJS.ErrnoException;
    yield problem(
      `its folder cannot be used (${code})`,
      'set STORAGE_DIR to a folder that the user of the agent may write, and run doctor as that user',
    );
  }
}

function* damage(directory: string): Iterable<Said> {
  const mark = readMark(directory);
  if (mark === undefined) return;
  yield problem(
    'it was found damaged while it was open, and every start refuses it',
    'look at it with "twilio-otel-agent ledger verify", then restore a backup, or start with --ledger-recreate',
  );
}

function* space(directory: string, { freeBytes }: Room): Iterable<Said> {
  const free = freeBytes(nearest(directory));
  const size = existsSync(directory) ? sizeOnDisk(directory) : 0;
  const told = `${Math.floor(free / MIB)} MiB are free where it lies, and it takes ${Math.ceil(size / MIB)} MiB`;
  const fix = 'make room on that disk, or move STORAGE_DIR to a larger one';
  if (free < LEAST_FREE) yield problem(told, fix);
  else if (free < enough(size)) yield warning(told, fix);
}

async function inside({ config, clock, agent }: Room, directory: string): Promise<Said[]> {
  const { window, max_entries } = config.extensions.file_storage;
  const days = `remembers ${Number((window / 86_400_000).toFixed(2))} days, at most ${max_entries} entries`;
  if (!holdsLedger(directory)) return [ok(`none lies there yet; ${days}`)];
  // Where this system does not show locks, an agent that answers is taken for the one that has it open.
  if (isLocked(directory) || (agent.running && !existsSync('/proc/locks')))
    return [ok(`in use by a running agent; ${days}`)];
  let stats: string;
  try {
    stats = await ledgerStats(directory, clock.wallMs(), booksOf(config));
  } catch (error) {
    return [refused((error as Error).message)];
  }
  const entries = Number(/^entries: (\d+)$/m.exec(stats)?.[1] ?? 0);
  if (entries > max_entries * 0.9) {
    return [
      warning(
        `${entries} of ${max_entries} entries are used: what is oldest is forgotten before its time`,
        'raise extensions.file_storage.max_entries, or shorten its window',
      ),
    ];
  }
  return [ok(`sound when opened, ${entries} entries; ${days}`)];
}

function refused(message: string): Said {
  if (message.includes('in use')) return ok('in use by a running agent');
  const [, , what = message] = /^ledger: (\S+) (.*)$/s.exec(message) ?? [];
  return problem(`it cannot be used: ${what}`, 'look at it with "twilio-otel-agent ledger verify"');
}
