import { FAMILIES } from '../families/index.ts';
import { type Rejection, reject } from '../rejection.ts';
import type { Form } from './reading/form.ts';
import { NameSet } from './reading/parameters.ts';
import { SIGNS, type Sign } from './signs.ts';

/** The parameters that give something away: all that is looked for in a callback which came to its own place. */
const NAMES = new NameSet(SIGNS.map(({ has }) => has));

/** The signs of each of these, by their place in the table. */
const PLACES = new Map<string, number[]>();
for (const [place, { has }] of SIGNS.entries()) PLACES.set(has, [...(PLACES.get(has) ?? []), place]);

/** Why a request is not for this feed, if it shows that: it asks what to do, or it is another feed's callback. */
export function misdirected(feed: string, form: Form): Rejection | undefined {
  let first = SIGNS.length;
  for (const name of form.shown(NAMES)) {
    for (const place of PLACES.get(name)!) if (place < first && fits(SIGNS[place]!, form)) first = place;
  }
  const sign = SIGNS[first];
  if (!sign) return undefined;
  if ('meant' in sign) return reject('control_webhook', sign.has, undefined, control(sign.is, sign.meant));
  return sign.feed === feed ? undefined : reject('wrong_feed', sign.has, undefined, elsewhere(sign, form));
}

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

function fits({ with: all, any, without, values }: Sign, form: Form): boolean {
  if (without?.some((name) => form.shows(name))) return false;
  if (all && !all.every((name) => form.shows(name))) return false;
  if (any && !any.some((name) => form.shows(name))) return false;
  return !values || Object.entries(values).every(([name, pattern]) => form.shows(name, pattern));
}
