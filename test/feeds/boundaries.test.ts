import { expect } from 'chai';
import { row } from '../../instrumentation/metrics.ts';
import { EVENT_ROWS } from '../../src/families/events.ts';
import type { FormFeed } from '../../src/feeds/feed.ts';
import { FORM_FEEDS } from '../../src/feeds/index.ts';
import { Form } from '../../src/feeds/reading/form.ts';
import { Rejection } from '../../src/rejection.ts';
import { SignedText } from '../../src/verify/signature.ts';
import { playChanges, RECEPTION } from '../families/play.ts';
import { type Pairs, parametersOf } from '../parameters.ts';
import { samples } from '../samples.ts';

const signedText = (pairs: Pairs): string =>
  [...pairs]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map((pair) => pair.join(''))
    .join('');

/** Every way to move one boundary of what was signed, to take one away, or to set one: all have the same signature. */
function* moved(pairs: Pairs): Generator<Pairs> {
  const sorted = [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const others = (...gone: number[]) => sorted.filter((_, i) => !gone.includes(i));
  for (const [i, [name, value]] of sorted.entries()) {
    const both = name + value;
    for (let at = 0; at <= both.length; at++) {
      yield [...others(i), [both.slice(0, at), both.slice(at)]];
      for (const cut of [0, 1, 3]) {
        if (at + cut > both.length) continue;
        yield [...others(i), [name, value.slice(0, at)], [value.slice(at, at + cut), value.slice(at + cut)]];
      }
    }
    const next = sorted[i + 1];
    if (!next) continue;
    const four = both + next.join('');
    for (let at = name.length; at <= four.length; at++) {
      yield [...others(i, i + 1), [name, four.slice(name.length, at)], [four.slice(at), '']];
      yield [...others(i, i + 1), [name, four.slice(name.length, at)], [four.slice(at, at + 4), four.slice(at + 4)]];
    }
  }
}

const ALL = [
  ...samples('other/products.json'),
  ...samples('other/form.json'),
  ...samples('message/status.json'),
  ...samples('call/status.json'),
];
const taken = (feed: FormFeed, pairs: Pairs) => {
  const parameters = parametersOf(pairs);
  try {
    return feed.read(new Form(parameters, { ...RECEPTION, signed: new SignedText('', parameters) })).changes;
  } catch (error) {
    if (error instanceof Rejection) return [];
    throw error;
  }
};

describe('feeds: the values of a closed set that tells events apart', () => {
  for (const { name, counts, label, identity, closed = {} } of EVENT_ROWS) {
    // Where the label is no part of it, the first value is the only one that counts.
    if (!identity.some((part) => label.from.some((from) => part.includes(from)))) continue;
    const own = row(counts).labels[label.key];
    const sets = [own && 'values' in own ? own.values : [], ...Object.values(closed)];
    it(`${name}: none becomes another one by moving a boundary`, () => {
      for (const values of sets) {
        for (const value of values) {
          const longer = values.filter((other) => other !== value && other.startsWith(value));
          // The rest would have to be the name of a parameter, and one that begins so stands before all others.
          for (const other of longer) expect(other.charCodeAt(value.length), other).to.be.below('A'.charCodeAt(0));
        }
      }
    });
  }
});

describe('feeds: a genuine callback whose boundaries are moved', () => {
  for (const feed of FORM_FEEDS) {
    for (const { name, body } of ALL) {
      const pairs: Pairs = [...new URLSearchParams(body)];
      const genuine = taken(feed, pairs);
      if (genuine.length === 0) continue;
      const named = 1 + (EVENT_ROWS.find((row) => row.name === feed.name)?.about ?? []).length;
      it(`${feed.name}: ${name} counts once, and as other at most once for each thing that it names`, () => {
        const text = signedText(pairs);
        let tried = 0;
        const changes = [...genuine];
        for (const variant of moved(pairs)) {
          if (signedText(variant) !== text) continue;
          tried++;
          changes.push(...taken(feed, variant));
        }
        expect(tried).to.be.above(100);
        const { totals } = playChanges(changes);
        const wrong = Object.entries(totals).filter(([id, count]) => count > (/"other"/.test(id) ? named : 1));
        const real = Object.keys(totals).filter((id) => /_?\.callback\{/.test(id) && !/"other"/.test(id));
        expect(wrong, JSON.stringify(totals)).to.deep.equal([]);
        expect(real.length, JSON.stringify(totals)).to.be.at.most(1);
      });
    }
  }
});
