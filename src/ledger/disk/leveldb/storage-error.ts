/** The storage cannot be used as it is. The process ends with this code, because a restart would not help. */
export class StorageError extends Error {
  readonly exitCode = 78;
  /** True for a ledger that nobody uses and this version cannot use: it may be set aside for a new one. */
  readonly mayBeSetAside: boolean;

  constructor(message: string, { mayBeSetAside = false } = {}) {
    super(message);
    this.mayBeSetAside = mayBeSetAside;
  }
}

const ADVICE = 'repair it, or start with --ledger-recreate to move it aside and begin at zero';

/** What lies there is not what was written. */
export const damaged = (directory: string, what: string): StorageError =>
  new StorageError(`ledger: ${directory} is damaged: ${what}: ${ADVICE}`, { mayBeSetAside: true });

/** Where a ledger was, there is none. */
export const gone = (directory: string): StorageError =>
  new StorageError(`ledger: ${directory} holds no ledger any more: bring it back; a restart would begin at zero`);

/** Another process has it open. */
export const inUse = (directory: string): StorageError =>
  new StorageError(`ledger: ${directory} is in use by another agent: stop it, or set STORAGE_DIR`);

/** Nothing lies there to look at. */
export const noLedger = (directory: string): StorageError =>
  new StorageError(`ledger: ${directory} holds no ledger: set STORAGE_DIR`);

/** What only a stopped ledger tells. */
export const running = (directory: string): StorageError =>
  new StorageError(
    `ledger: ${directory} is in use by an agent: stop it, or look at a backup: "ledger backup DIR", then this with STORAGE_DIR=DIR`,
  );
