import type { Logger } from '../../log.ts';
import { hasAnyLog, lockId, sizeOnDisk } from './leveldb/files.ts';

/**
 * The folder of an open database. Files that were deleted can be written as before: without a look at it, what goes there
 * would be acknowledged and lost.
 */
export class Place {
  readonly #directory: string;
  readonly #lock: string | undefined;
  readonly #log: Logger;
  #logIsGone = false;
  #bytes = 0;

  /** `lock` is the identity of the database's lock when it was opened. */
  constructor(directory: string, lock: string | undefined, log: Logger) {
    this.#directory = directory;
    this.#lock = lock;
    this.#log = log;
    this.measure();
  }

  /** Bytes that the database took when it was last measured. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Throws when the database does not lie there any more. */
  check(): void {
    const inPlace = this.#lock !== undefined && lockId(this.#directory) === this.#lock && !this.#logIsGone;
    if (!inPlace) throw new Error('its folder was emptied or replaced');
  }

  /** Looks for what would take too long to look for with each batch: the next `check` knows. */
  look(): void {
    this.#logIsGone = !this.#hasLog();
  }

  #hasLog(): boolean {
    try {
      return hasAnyLog(this.#directory);
    } catch {
      // It cannot be read now, which says nothing.
      return true;
    }
  }

  /** The last figure stands where the folder cannot be read now. */
  measure(): void {
    try {
      this.#bytes = sizeOnDisk(this.#directory);
    } catch (error) {
      this.#log.debug(`ledger: its size cannot be read: ${(error as Error).message}`);
    }
  }
}
