/** Figures and labels of Twilio's answers. What is none is `undefined`: never NaN, never a made-up 0. */

const DECIMAL = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A decimal, which Twilio sends as text or as a number. */
export function decimal(given: unknown): number | undefined {
  const value = typeof given === 'string' && given.length <= 64 && DECIMAL.test(given.trim()) ? Number(given) : given;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** An ISO 4217 code in upper case: balances come as USD, usage as usd. */
export function currencyCode(given: unknown): string | undefined {
  const code = typeof given === 'string' ? given.trim().toUpperCase() : '';
  return CURRENCIES.has(code) ? code : undefined;
}

/** One of Twilio's usage categories, which it adds to without notice: anything of their form. */
export function usageCategory(given: unknown): string | undefined {
  return typeof given === 'string' && /^[a-z0-9][a-z0-9_-]{0,99}$/.test(given) ? given : undefined;
}

/** The unit of a usage; `unknown` where Twilio gives none, `other` where it is no unit. */
export function usageUnit(given: unknown): string {
  if (given === undefined || given === null || given === '') return 'unknown';
  return typeof given === 'string' && /^[A-Za-z][A-Za-z0-9 ._/-]{0,39}$/.test(given) ? given : 'other';
}
