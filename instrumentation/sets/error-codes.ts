/** Twilio's error codes: which there are, and what to make of them. The tables stand in the folder beside this file. */
import { ADVICE } from './error-codes/advice.ts';
import { KIND_OF_CODES, KIND_OF_RANGES } from './error-codes/assignment.ts';
import { ERROR_KINDS, type ErrorActor, type ErrorCategory, type ErrorKind } from './error-codes/kinds.ts';

export { ERROR_CODES } from './error-codes/codes.ts';
export { ERROR_ACTORS, ERROR_CATEGORIES, type ErrorActor, type ErrorCategory } from './error-codes/kinds.ts';

export interface ErrorExplanation {
  readonly code: string;
  readonly category: ErrorCategory;
  readonly actor: ErrorActor;
  /** Whether the same request may succeed when it is tried again; absent where nobody can say. */
  readonly retry?: boolean;
  readonly advice: string;
  /** Twilio's page of the code. */
  readonly url: string;
}

/** How many codes a configuration may add. */
export const MAX_ADDED_CODES = 1_000;

const EXACT: ReadonlyMap<string, ErrorKind> = new Map(
  (Object.entries(KIND_OF_CODES) as [ErrorKind, string][]).flatMap(([kind, codes]) =>
    codes
      .trim()
      .split(/\s+/)
      .map((code) => [code, kind] as const),
  ),
);

const ADVICE_OF: ReadonlyMap<string, (typeof ADVICE)[number]> = new Map(ADVICE.map((row) => [row[0], row]));

function kindOf(code: string): ErrorKind {
  const exact = EXACT.get(code);
  if (exact) return exact;
  const number = /^[1-9]\d{2,5}$/.test(code) ? Number(code) : 0;
  return KIND_OF_RANGES.find(([from, to]) => number >= from && number <= to)?.[2] ?? 'other';
}

/** The category of an error code; `other` for any text that is none, as the label values `unknown` and `other` are. */
export const errorCategory = (code: string): ErrorCategory => ERROR_KINDS[kindOf(code)].category;

/** What a code means for whoever has to deal with it: by its own advice, else by that of its kind. */
export function explainError(code: string): ErrorExplanation {
  const { category, ...ofKind } = ERROR_KINDS[kindOf(code)] as (typeof ERROR_KINDS)[ErrorKind] & { retry?: boolean };
  const url = `https://www.twilio.com/docs/api/errors/${code}`;
  const own = ADVICE_OF.get(code);
  if (!own) return { code, category, ...ofKind, url };
  const [, actor, retry, advice] = own;
  return { code, category, actor, retry, advice, url };
}
