import {
  ERROR_CATEGORIES,
  ERROR_CODES,
  type ErrorActor,
  type ErrorCategory,
  type ErrorExplanation,
  errorCategory,
  explainError,
} from '../../instrumentation/sets/error-codes.ts';

const WHO: Readonly<Record<ErrorActor, string>> = {
  sender: 'you, with the account: its state, numbers, registrations and content',
  developer: 'you, with the application: its requests, code and endpoints',
  recipient: 'the recipient',
  carrier: 'the carrier or the channel',
  twilio: 'Twilio',
  unknown: 'not known',
};

/** `explain [CODE...]`: what error codes mean and what to do; without a code, the categories. 1 where a code is unknown. */
export function explainCommand(
  codes: readonly string[],
  json: boolean,
  say: (text: string) => void,
  complain: (text: string) => void,
): number {
  if (codes.length === 0) {
    say(json ? categoriesJson() : categoriesText());
    return 0;
  }
  if (json) say(JSON.stringify(codes.map(asJson), null, 2));
  else if (codes.some(isKnown)) say(codes.filter(isKnown).map(asText).join('\n\n'));
  const unknown = codes.filter((code) => !isKnown(code));
  for (const code of unknown) complain(unknownText(code));
  return unknown.length === 0 ? 0 : 1;
}

const isKnown = (code: string): boolean => ERROR_CODES.has(code);
const isNumber = (code: string): boolean => /^[1-9]\d{2,5}$/.test(code);

const again = ({ retry }: ErrorExplanation): string => {
  if (retry === undefined) return "depends on the cause: see Twilio's page";
  return retry ? 'may help' : 'does not help: it would fail again';
};

function asText(code: string): string {
  const explained = explainError(code);
  const { category, actor, advice, url } = explained;
  return [
    code,
    `  category       ${category}: ${ERROR_CATEGORIES[category]}`,
    `  who can act    ${WHO[actor]}`,
    `  trying again   ${again(explained)}`,
    `  what to do     ${advice}`,
    `  Twilio's page  ${url}`,
  ].join('\n');
}

function asJson(code: string) {
  if (!isKnown(code)) return { code, known: false };
  const { retry = null, ...explained } = explainError(code);
  return { known: true, ...explained, retry };
}

function unknownText(code: string): string {
  if (!isNumber(code)) return `${JSON.stringify(code)} is no error code: they are three to six digits`;
  const { url } = explainError(code);
  return `${code} is not known to this version; its range is counted as ${errorCategory(code)}; ${url} may have it`;
}

function categories(): [category: ErrorCategory, meaning: string, codes: number][] {
  const counts = new Map<ErrorCategory, number>();
  for (const code of ERROR_CODES) counts.set(errorCategory(code), (counts.get(errorCategory(code)) ?? 0) + 1);
  const rows = Object.entries(ERROR_CATEGORIES) as [ErrorCategory, string][];
  return rows.map(([category, meaning]) => [category, meaning, counts.get(category) ?? 0]);
}

const categoriesJson = (): string =>
  JSON.stringify(
    categories().map(([category, meaning, codes]) => ({ category, meaning, codes })),
    null,
    2,
  );

const categoriesText = (): string =>
  [
    ...categories().map(([name, meaning, codes]) => `${name.padEnd(11)}${String(codes).padStart(4)} codes: ${meaning}`),
    '',
    'twilio-otel-agent explain CODE... says what a code means and what to do.',
  ].join('\n');
