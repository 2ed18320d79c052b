import type { CountryCode, PhoneNumber } from 'libphonenumber-js';
import { OTHER } from '../../instrumentation/requested.ts';

/** What `libphonenumber-js` says of a number in E.164 form; `undefined` where it is none. */
export type Parse = (number: string) => PhoneNumber | undefined;

/** What labels are read from a number; the number itself goes no further. */
export interface NumberFacts {
  /** ISO 3166-1 alpha-2, or `other` where a number belongs to no country. */
  readonly country: CountryCode | typeof OTHER;
  readonly tollFree: boolean;
}

/** The digits of a number that decide, where the library is not asked again: those that area codes and ranges are told by. */
const DECIDING = 8;
/** Where all countries of a zone have numbers of one length, the area code decides. https://nanpa.com/numbering */
const NORTH_AMERICA = '1';
const AREA = 4;
const MOST = 50_000;
/** Numbers that exist in no area begin otherwise, so these stand for all of one. */
const EXCHANGES = ['555', '222', '345', '678', '789', '456', '234', '900', '202', '300'];
const NOWHERE: NumberFacts = { country: OTHER, tollFree: false };

/**
 * Reads numbers. Asking the library costs as much as a third of a callback, so its answers are kept by the digits that
 * they depend on, in bounded memory.
 */
export class Numbers {
  readonly #parse: Parse;
  readonly #areas = new Map<string, NumberFacts>();
  readonly #ranges = new Map<string, NumberFacts>();

  constructor(parse: Parse) {
    this.#parse = parse;
  }

  /** Of digits behind a plus. */
  read(digits: string): NumberFacts {
    if (digits.startsWith(NORTH_AMERICA)) return digits.length === 11 ? this.#area(digits.slice(0, AREA)) : NOWHERE;
    const range = `${digits.slice(0, DECIDING)}/${digits.length}`;
    const known = this.#ranges.get(range);
    if (known) return known;
    if (this.#ranges.size >= MOST) this.#ranges.clear();
    const facts = this.#ask(digits, (parsed) => parsed.getPossibleCountries()[0]);
    this.#ranges.set(range, facts);
    return facts;
  }

  /** How many answers are kept. */
  get kept(): number {
    return this.#areas.size + this.#ranges.size;
  }

  #area(area: string): NumberFacts {
    const known = this.#areas.get(area);
    if (known) return known;
    let facts = NOWHERE;
    for (const exchange of EXCHANGES) {
      facts = this.#ask(`${area}${exchange}0123`);
      if (facts.country !== OTHER) break;
    }
    this.#areas.set(area, facts);
    return facts;
  }

  /** `likely` is asked where several countries share a code, and the library knows no range that the number is of. */
  #ask(digits: string, likely?: (parsed: PhoneNumber) => CountryCode | undefined): NumberFacts {
    const parsed = this.#parse(`+${digits}`);
    if (!parsed) return NOWHERE;
    return { country: parsed.country ?? likely?.(parsed) ?? OTHER, tollFree: parsed.getType() === 'TOLL_FREE' };
  }
}
