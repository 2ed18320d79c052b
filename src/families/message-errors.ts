import { type Increment, series, seriesLabels } from '../../instrumentation/increments.ts';
import { METRICS } from '../../instrumentation/metrics.ts';
import { ERROR_CODES, type ErrorCategory, errorCategory } from '../../instrumentation/sets/error-codes.ts';
import type { Total } from '../../instrumentation/totals.ts';

/** Why a message failed, as labels say it. */
export interface MessageError {
  /** A code that is known, `unknown` when Twilio gave none, or `other`. */
  readonly code: string;
  readonly category: ErrorCategory;
}

const NONE: MessageError = { code: 'unknown', category: 'other' };
const CODE = /^[1-9]\d{2,5}$/;
/** Twilio adds some codes each month: this many are named, and whoever invents more is not listened to. */
const MAX_NAMED = 100;

/** Reads error codes into labels: a code is known if the dictionary has it or the configuration adds it. */
export class ErrorCodes {
  readonly #added: ReadonlySet<string>;
  readonly #onUnknown: (code: string) => void;
  readonly #named = new Set<string>();

  /** `onUnknown` is told of each code that is not known, once, and of nothing that cannot be one of Twilio's. */
  constructor(added: readonly string[] = [], onUnknown: (code: string) => void = () => {}) {
    this.#added = new Set(added);
    this.#onUnknown = onUnknown;
  }

  /** What Twilio sends as nothing, or as `0`, is `unknown`; a code that is not known is `other`, in the category of its range. */
  read(text: string | undefined): MessageError {
    if (text === undefined || text === '0') return NONE;
    const known = ERROR_CODES.has(text) || this.#added.has(text);
    if (!known) this.#name(text);
    return { code: known ? text : 'other', category: errorCategory(text) };
  }

  #name(text: string): void {
    if (!CODE.test(text) || this.#named.size >= MAX_NAMED || this.#named.has(text)) return;
    this.#named.add(text);
    this.#onUnknown(text);
  }
}

/** What the totals by code say of those by category, where a ledger was kept by a version that had no categories. */
export function failuresByCategory(totals: ReadonlyMap<string, Total>): Increment[] {
  const { messagesFailed, messagesFailedByCategory } = METRICS;
  const increments: Increment[] = [];
  for (const [id, { sum }] of totals) {
    if (seriesLabels(id, messagesFailedByCategory)) return [];
    const labels = seriesLabels(id, messagesFailed);
    if (!labels) continue;
    const error_category = errorCategory(labels['error_code']!);
    increments.push({ series: series('messagesFailedByCategory', { error_category }), value: sum });
  }
  return increments;
}
