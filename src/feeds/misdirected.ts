import { FAMILIES } from '../families/index.ts';
import { type Rejection, reject } from '../rejection.ts';
import type { Form } from './reading/form.ts';
import { NameSet } from './reading/parameters.ts';
import { SIGNS, type Sign } from './signs.ts';

/** Signs, and the parameters that give them away: all that is looked for in a callback. */
class Signs {
  readonly #names: NameSet;
  /** The signs of each parameter, by their place in the table. */
  readonly #places = new Map<string, number[]>();

  constructor(signs: readonly Sign[]) {
    this.#names = new NameSet(signs.map(({ has }) => has));
    for (const [place, { has }] of signs.entries()) this.#places.set(has, [...(this.#places.get(has) ?? []), place]);
  }

  /** The first of them that fits. */
  in(form: Form): Sign | undefined {
    let first = SIGNS.length;
    for (const name of form.shown(this.#names)) {
      // Read once, and only where a sign asks for it: several may stand for one name.
      let text: string | undefined;
      for (const place of this.#places.get(name)!) {
        if (place >= first) break;
        const own = OWN[place];
        if (own && !own.test((text ??= form.first(name)))) continue;
        if (fits(SIGNS[place]!, OTHERS[place]!, form)) first = place;
      }
    }
    return SIGNS[first];
  }
}

/** By the place of a sign: what the value of the parameter that gives it away must look like, and those of others. */
const OWN = SIGNS.map(({ has, values }) => values?.[has]);
const OTHERS = SIGNS.map(({ has, values = {} }) => Object.entries(values).filter(([name]) => name !== has));

const ALL = new Signs(SIGNS);

/** Tells why a request is not for this feed, if it shows that: it asks what to do, or it is another feed's callback. */
export function misdirected(feed: string): (form: Form) => Rejection | undefined {
  const place = SIGNS.findIndex((sign) => 'feed' in sign && sign.feed === feed && isPlain(sign));
  const own = SIGNS[place];
  // What stands behind the feed's own sign changes nothing where that is shown, as in nearly every callback.
  const before = new Signs(SIGNS.slice(0, Math.max(0, place)));
  return (form) => {
    const sign = own && form.shows(own.has) ? before.in(form) : ALL.in(form);
    if (!sign) return undefined;
    if ('meant' in sign) return reject('control_webhook', sign.has, undefined, control(sign.is, sign.meant));
    return sign.feed === feed ? undefined : reject('wrong_feed', sign.has, undefined, elsewhere(sign, form));
  };
}

/** True for a sign that one parameter alone gives away. */
const isPlain = (sign: Sign): boolean => !sign.with && !sign.any && !sign.without && !sign.values;

/** What this version counts, where nobody has switched it off. */
const COUNTED: ReadonlySet<string> = new Set(FAMILIES.map(({ name }) => name));

const control = (is: string, meant: string): string =>
  `this is ${is}, which asks what to do: leave it to your application, and give this agent's URL as ${meant}`;

function elsewhere({ is, feed }: { readonly is: string; readonly feed: string }, form: Form): string {
  const path = form.reception.pathOf(feed);
  if (path) return `this is ${is}: its path is ${path}`;
  if (!COUNTED.has(feed)) return `this is ${is}, which this version does not count`;
  return `this is ${is}, which is switched off here: receivers.twilio.families.${feed}.enabled`;
}

type Values = readonly (readonly [name: string, pattern: RegExp])[];

function fits({ with: all, any, without }: Sign, others: Values, form: Form): boolean {
  if (others.length > 0 && !others.every(([name, pattern]) => form.shows(name, pattern))) return false;
  if (without?.some((name) => form.shows(name))) return false;
  if (all && !all.every((name) => form.shows(name))) return false;
  return !any || any.some((name) => form.shows(name));
}
