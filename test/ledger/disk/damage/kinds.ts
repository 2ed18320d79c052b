import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { DiskLedger } from '../../../../src/ledger/disk/disk.ts';
import { StorageError } from '../../../../src/ledger/disk/leveldb/storage-error.ts';
import { Bench } from '../../keeping.ts';

const log = pino({ level: 'silent' });

/** The files that LevelDB reads when it opens. */
export const FILES = { log: /^\d+\.log$/, table: /^\d+\.ldb$/, manifest: /^MANIFEST-\d+$/, current: /^CURRENT$/ };
export type File = keyof typeof FILES;

export const openBench = (directory: string): Promise<Bench> =>
  Bench.open(
    { open: (setting) => DiskLedger.open({ directory, log, batchEveryMs: 0, ...setting }) },
    { maxEntries: 100_000 },
  );

/** What an agent with a table and a live write-ahead log of several blocks leaves when it is killed. */
export async function killedLedger(folder: string, records = 500): Promise<string> {
  const running = join(folder, 'running');
  const killed = join(folder, 'killed');
  mkdirSync(folder, { recursive: true });
  for (const start of [0, 1]) {
    const bench = await openBench(running);
    for (let i = 0; i < records; i++) await bench.apply(`${start}-${i}`);
    if (start === 1) cpSync(running, killed, { recursive: true });
    await bench.ledger.close();
  }
  return killed;
}

/** The file of that kind; of the logs and tables the largest. */
export function fileOf(folder: string, file: File): string {
  const names = readdirSync(folder).filter((name) => FILES[file].test(name));
  const size = (name: string) => readFileSync(join(folder, name)).length;
  return join(folder, names.sort((a, b) => size(b) - size(a))[0]!);
}

/** Changes bytes at a part of the file's length, each to another value. */
export function change(path: string, part: number, length: number): void {
  const bytes = readFileSync(path);
  const at = Math.min(Math.floor(bytes.length * part), bytes.length - length);
  for (let i = Math.max(0, at); i < at + length; i++) bytes[i] = bytes[i] === 0x5a ? 0x5b : 0x5a;
  writeFileSync(path, bytes);
}

export const cut = (path: string, bytes: number): void => truncateSync(path, readFileSync(path).length - bytes);
export const remove = (path: string): void => rmSync(path);
export const replace = (path: string, other: string): void => cpSync(other, path);

/** One hash over the names and bytes of all files. */
export function hashOf(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

export interface Start {
  readonly exit: number | undefined;
  readonly line: string;
}

/** Opens the ledger as a start of the agent does; without an exit code it opened. */
export async function start(directory: string): Promise<Start> {
  try {
    const { ledger } = await openBench(directory);
    await ledger.close();
    return { exit: undefined, line: '' };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { exit: error.exitCode, line: error.message };
  }
}
