import type { EventRow, Identity } from '../../../src/families/events/row.ts';
import { EVENT_ROWS } from '../../../src/families/events.ts';
import { type SignedSample, signedSamples } from '../../samples.ts';
import type { Pair } from '../support/wire.ts';

/** A form feed that only counts, with a good callback of it. */
export interface FormCase {
  readonly name: string;
  /** The parameter with the SID that tells one callback from another. */
  readonly sid: string;
  /** The parameter that the label is read from, and the label's key where its new values count as other. */
  readonly label: string;
  readonly key: string | undefined;
  /** As it stands in the fixture. */
  readonly sample: readonly Pair[];
  /** The same, each time of another SID. */
  readonly pairs: () => Pair[];
}

const SAMPLES = ['other/products.json', 'other/form.json'].flatMap((file) => signedSamples(file).samples);
export const pairsOf = ({ body }: SignedSample): Pair[] => [...new URLSearchParams(body)];

/** The identity of a sample, as its row says it: parameters that it has. */
export function identityOf({ about = [], once = [], label, identity }: EventRow, pairs: readonly Pair[]): Identity {
  const fields = new Map(pairs);
  const text = label.from.map((name) => fields.get(name)).find(Boolean) ?? '';
  const [, [sids, prefixes, ...others]] = about.find(([begins]) => text.startsWith(begins)) ?? ['', identity];
  const sid = sids.split('|').find((name) => fields.get(name))!;
  return once.includes(text) ? [sid, prefixes] : [sid, prefixes, ...others];
}

/** An event of Conversations that nobody knows is told from others by its conversation. */
const FRESH = ['ConversationSid'];
let last = 0;
const fresh = (value: string) => value.slice(0, 2) + (++last).toString(16).padStart(32, '0');

/** The first sample of a feed that says under which value it counts. */
function goodOf(name: string, says: (fields: ReadonlyMap<string, string>) => boolean): readonly Pair[] {
  const sample = SAMPLES.find(
    (each) =>
      each.expect.family === name &&
      each.expect.label !== 'other' &&
      !each.expect.dropped &&
      !each.expect.refused &&
      says(new Map(pairsOf(each))),
  );
  if (!sample) throw new Error(`${name} has no good sample in test/fixtures/other/products.json`);
  return pairsOf(sample);
}

const caseOf = (name: string, sid: string, label: string, key: string | undefined, sample: readonly Pair[]) => ({
  name,
  sid,
  label,
  key,
  sample,
  pairs: () => sample.map(([each, value]): Pair => [each, each === sid || FRESH.includes(each) ? fresh(value) : value]),
});

/** Every form feed but those of messages and calls, which have tables of their own. */
export const FORM_CASES: readonly FormCase[] = [
  caseOf(
    'debugger',
    'Sid',
    'Level',
    undefined,
    goodOf('debugger', () => true),
  ),
  caseOf(
    'intelligence',
    'transcript_sid',
    'event_type',
    'event',
    goodOf('intelligence', () => true),
  ),
  ...EVENT_ROWS.map((row) => {
    const { name, label } = row;
    const sample = goodOf(name, (fields) => label.from.some((from) => fields.get(from)));
    const from = label.from.find((each) => new Map(sample).get(each))!;
    return caseOf(name, identityOf(row, sample)[0], from, label.key, sample);
  }),
];
