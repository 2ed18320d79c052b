/** Values of a list as Twilio's client reads them. What is none is `undefined`. */

const SID = /^[A-Z]{2}[0-9a-f]{32}$/;

export const sidOf = (given: unknown, ...prefixes: readonly string[]): string | undefined =>
  typeof given === 'string' && SID.test(given) && prefixes.includes(given.slice(0, 2)) ? given : undefined;

/** A time in ms since the epoch. The client leaves what it cannot read as it is. */
export const timeOf = (given: unknown): number | undefined =>
  given instanceof Date && Number.isFinite(given.getTime()) ? given.getTime() : undefined;

/** Text, or a number as text; an empty one is none. */
export function textOf(given: unknown): string | undefined {
  const text = typeof given === 'number' ? String(given) : given;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** A whole number, which Twilio writes as text. */
export const count = (given: unknown): number | undefined => {
  const text = textOf(given);
  return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : undefined;
};
