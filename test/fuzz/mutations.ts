/** A source of random numbers that a seed repeats. https://prng.di.unimi.it/splitmix64.c, in 32 bits */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) % below;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

const BYTES = ['&', '=', '%', '+', ';', '%00', '%0A', '%C3', '%F0%9F%98%80', '\u0000', '\r\n', '[', '.', '"', 'A', '0'];

type Mutation = (body: Buffer, random: Random) => Buffer;

/** A bit of the body is another one. */
const flip: Mutation = (body, random) => {
  const flipped = Buffer.from(body);
  if (flipped.length > 0) {
    const at = random.below(flipped.length);
    flipped[at] = flipped[at]! ^ (1 << random.below(8));
  }
  return flipped;
};

/** A separator, an escape or a control character stands where there was none. */
const insert: Mutation = (body, random) => {
  const at = random.below(body.length + 1);
  return Buffer.concat([body.subarray(0, at), Buffer.from(random.pick(BYTES)), body.subarray(at)]);
};

/** A pair is cut in two, so that the text without separators stays the same. */
const split: Mutation = (body, random) => {
  const at = random.below(body.length + 1);
  return Buffer.concat([body.subarray(0, at), Buffer.from('&'), body.subarray(at), Buffer.from('=')]);
};

/** The boundary between a name and its value, or two pairs, is some characters away. */
const shift: Mutation = (body, random) => {
  const text = body.toString('latin1');
  const boundaries = [...text.matchAll(/[=&]/g)].map(({ index }) => index);
  if (boundaries.length === 0) return body;
  const from = random.pick(boundaries);
  const rest = text.slice(0, from) + text.slice(from + 1);
  const to = Math.max(0, Math.min(rest.length, from + random.below(13) - 6));
  return Buffer.from(rest.slice(0, to) + text[from] + rest.slice(to), 'latin1');
};

/** A pair is there twice, is gone, or stands elsewhere. */
const shuffle: Mutation = (body, random) => {
  const pairs = body.toString('latin1').split('&');
  const at = random.below(pairs.length);
  const moved = random.pick(pairs);
  const kind = random.below(3);
  if (kind === 0) pairs.splice(at, 0, moved);
  else if (kind === 1) pairs.splice(at, 1);
  else pairs.push(...pairs.splice(at, 1));
  return Buffer.from(pairs.join('&'), 'latin1');
};

/** The body ends early. */
const truncate: Mutation = (body, random) => body.subarray(0, random.below(body.length + 1));

const MUTATIONS = [flip, insert, split, shift, shuffle, truncate];

/** The body after one to four mutations. */
export function mutate(body: Buffer, random: Random): Buffer {
  let mutated = body;
  for (let i = random.below(4); i >= 0; i--) mutated = random.pick(MUTATIONS)(mutated, random);
  return mutated;
}

const ODD: readonly unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    1e21,
    0.1,
    '',
    ' ',
    '\u0000',
    '\ud800',
    '7',
    'SENT',
    '\u202e',
    'x'.repeat(300),
    '{"a":1}',
    '[',
    [],
  ],
  ...[
    {},
    [[]],
    JSON.parse('{"__proto__":{}}'),
    '2026-10-14T12:03:12Z',
    '0001-01-01T00:00:00Z',
    `SM${'0'.repeat(32)}`,
    'constructor',
  ],
];

/** JSON with one to four of its values changed: another one, gone, twice, wrapped, or written as a text. */
export function mutateJson(text: string, random: Random): string {
  const root: unknown[] = [JSON.parse(text)];
  for (let i = random.below(4); i >= 0; i--) {
    const places = placesOf(root);
    if (places.length === 0) break;
    const [holder, key] = random.pick(places);
    const value = holder[key];
    const kind = random.below(6);
    if (kind === 0) delete holder[key];
    else if (kind === 1) holder[key] = [value, value];
    else if (kind === 2) holder[key] = JSON.stringify(value ?? null);
    else if (kind === 3) holder[`${key}${key}`] = value;
    else holder[key] = structuredClone(random.pick(ODD));
  }
  return JSON.stringify(root[0] ?? null);
}

type Holder = Record<string, unknown>;

function placesOf(value: unknown): [holder: Holder, key: string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [[value as Holder, key], ...placesOf((value as Holder)[key])]);
}
