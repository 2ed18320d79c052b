import { Numbers } from '../labels/numbers.ts';

/** The country of digits behind a plus, as the label of that name has it; `other` for those of none. */
export type CountryOf = (digits: string) => string;

/** Loaded only by who records or replays: the ranges of all countries are some hundred kilobytes. */
export async function loadCountries(): Promise<CountryOf> {
  const { parsePhoneNumberFromString } = await import('libphonenumber-js/max');
  const numbers = new Numbers(parsePhoneNumberFromString);
  return (digits) => numbers.read(digits).country;
}
