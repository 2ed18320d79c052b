import { type Increment, series } from '../../instrumentation/increments.ts';
import type { ApiOperation } from '../../instrumentation/metrics.ts';
import type { Logger } from '../log.ts';
import type { ApiFailure } from './failure.ts';
import type { SkipReason } from './usage.ts';

/** On these it depends whose callbacks verify. */
const OF_ACCOUNTS: ReadonlySet<ApiOperation> = new Set<ApiOperation>(['ListAccount', 'FetchAccount']);

/** What is known of the API's health, and the one line in the log for each change of it. */
export class Health {
  readonly #log: Logger;
  readonly #account: string;
  readonly #wallMs: () => number;
  readonly #record: (increments: readonly Increment[]) => void;
  readonly #succeeded = new Map<ApiOperation, boolean>();
  readonly #lastSuccessMs = new Map<ApiOperation, number>();
  // Wrong credentials fail every operation: they are said once for the account, the rest once for each operation.
  readonly #said = new Map<ApiOperation, string>();
  readonly #label: string | undefined;
  #skips = '';

  /** The label is the account's name where several are read; in the log it is its masked SID. */
  constructor(
    log: Logger,
    account: string,
    wallMs: () => number,
    record: (increments: readonly Increment[]) => void,
    label: string | undefined,
  ) {
    this.#label = label;
    this.#log = log;
    this.#account = account;
    this.#wallMs = wallMs;
    this.#record = record;
  }

  /** An operation that may fail is shown with no failure before its first one. */
  mayFail(operation: ApiOperation): void {
    this.#record([{ series: series('apiErrors', { operation, ...this.#labels }), value: 0 }]);
  }

  /** One request gave what it was asked for. */
  succeeded(operation: ApiOperation): void {
    this.#succeeded.set(operation, true);
    if (!this.#said.delete(operation)) return;
    this.#log.info(`twilio_api: ${operation} works again for account ${this.#account}`);
  }

  /** An operation is complete: all that it reads was read now. */
  completed(operation: ApiOperation): void {
    this.#lastSuccessMs.set(operation, this.#wallMs());
  }

  failed(operation: ApiOperation, failure: ApiFailure): void {
    this.#succeeded.set(operation, false);
    this.failedOnce(operation, failure);
  }

  /** The same of an operation that is not repeated until it succeeds, and so says nothing of whether the API is up. */
  failedOnce(operation: ApiOperation, { kind, help, detail }: ApiFailure): void {
    this.#record([{ series: series('apiErrors', { operation, ...this.#labels }), value: 1 }]);
    const known =
      this.#said.get(operation) === kind || (kind === 'credentials' && [...this.#said.values()].includes(kind));
    this.#said.set(operation, kind);
    if (known) return;
    this.#log.warn(
      { operation, reason: kind, ...detail },
      `twilio_api: ${operation} failed for account ${this.#account}: ${help}; ${OF_ACCOUNTS.has(operation) ? 'until it works callbacks of accounts that are not known are refused' : 'callbacks are not affected'}`,
    );
  }

  /** An answer held figures that cannot be exported. Those that are none are an error of the operation, once an answer. */
  skipped(operation: ApiOperation, reasons: ReadonlyMap<SkipReason, number>): void {
    if (reasons.size === 0) return;
    for (const [reason, count] of reasons) {
      this.#record([{ series: series('apiRecordsSkipped', { reason, ...this.#labels }), value: count }]);
    }
    const wrong = [...reasons.keys()].some((reason) => reason !== 'budget');
    if (wrong) this.#record([{ series: series('apiErrors', { operation, ...this.#labels }), value: 1 }]);
    const said = [...reasons.keys()].sort().join(', ');
    if (this.#skips === said) return;
    this.#skips = said;
    this.#log.warn(
      { operation, skipped: Object.fromEntries(reasons) },
      `twilio_api: ${operation}: figures of the answer are not exported: ${wrong ? 'they are no numbers, currencies or categories' : 'they are over the series budget: list the categories that you need in receivers.twilio_api.scrapers.usage.categories'}`,
    );
  }

  get #labels(): Record<string, string> {
    return this.#label === undefined ? {} : { account: this.#label };
  }

  /** 1 while the last request of each operation succeeded; nothing before the first. */
  up(): number | undefined {
    if (this.#succeeded.size === 0) return undefined;
    return [...this.#succeeded.values()].every(Boolean) ? 1 : 0;
  }

  lastSuccess(): (readonly [seconds: number, labels: { operation: ApiOperation; account: string | undefined }])[] {
    return [...this.#lastSuccessMs].map(([operation, ms]) => [ms / 1_000, { operation, account: this.#label }]);
  }
}
