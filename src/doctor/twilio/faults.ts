import { ok, problem, type Said, warning } from '../finding.ts';
import type { Item } from './api.ts';
import type { Place, Places } from './places.ts';
import type { Resources } from './resources.ts';

/** How a resource can be wrong, in the order in which it is told. */
const KINDS = ['asking', 'feed', 'unserved', 'other_scheme', 'uncounted', 'none', 'elsewhere', 'unretried'] as const;
export type Kind = (typeof KINDS)[number];
/** The names of the resources that are wrong in each way. */
export type Found = Map<Kind, string[]>;
export interface Fault {
  readonly kind: Kind;
  /** The field, where it is not the one of the status callback. */
  readonly field: string | undefined;
}

const RETRIES = '#rc=3&rp=all';

/** What is wrong with one resource. */
export function faultsOf(item: Item, { status, optional = [], asking, counts }: Resources, places: Places): Fault[] {
  const faults: Fault[] = asking
    .filter(({ name }) => places.of(item[name]).at === 'agent')
    .map(({ called }) => ({ kind: 'asking', field: called }));
  const place = places.of(item[status.name]);
  const kinds = new Set(place.at === 'none' && counts?.(item) === false ? [] : wrong(place, status.feed));
  for (const { name, feed } of optional) {
    const extra = places.of(item[name]);
    if (extra.at !== 'none' && extra.at !== 'elsewhere') for (const kind of wrong(extra, feed)) kinds.add(kind);
  }
  return [...faults, ...[...kinds].map((kind): Fault => ({ kind, field: undefined }))];
}

function wrong(place: Place, feed: string): Kind[] {
  if (place.at !== 'agent' && place.at !== 'forward') return [place.at];
  if (place.feed === undefined) return ['uncounted'];
  if (place.feed !== feed) return ['feed'];
  return place.retried ? [] : ['unretried'];
}

/** One line for each way in which resources are wrong. */
export function describe(
  { status }: Resources,
  found: Found,
  { all, here, label, url }: { all: number; here: number; label: string; url: string },
): Said[] {
  const own = url + RETRIES;
  const words: Readonly<Record<Kind, [level: typeof problem, says: string, fix: string]>> = {
    asking: [
      problem,
      'have the agent in a field that asks what to do, which it refuses',
      `give that field back to your application, and put ${own} into ${status.called}`,
    ],
    feed: [problem, "send to another kind's path, which refuses it", `set ${status.called} to ${own}`],
    unserved: [problem, 'name a path of the agent that it does not serve (404)', `set ${status.called} to ${own}`],
    other_scheme: [
      problem,
      'name another scheme than PUBLIC_URL, so that no signature matches (401)',
      `make both equal: set ${status.called} to ${own}`,
    ],
    uncounted: [
      warning,
      'pass through the agent and are not counted',
      `give their route in receivers.twilio.forward the family ${status.feed}`,
    ],
    none: [warning, 'have no status callback, so nothing of them is counted', `set ${status.called} to ${own}`],
    elsewhere: [
      warning,
      'report elsewhere, so they are not counted here unless Event Streams tells of them',
      `set ${status.called} to ${own}, or let the agent stand in front of your application (receivers.twilio.forward)`,
    ],
    unretried: [
      warning,
      `ask for no retries, so a restart loses what comes meanwhile`,
      `add ${RETRIES} to ${status.called}`,
    ],
  };
  const said = KINDS.flatMap((kind) => {
    const which = found.get(kind);
    if (!which) return [];
    const [level, says, fix] = words[kind];
    return [level(`${label}${which.length} of ${all} ${says}`, fix, which)];
  });
  if (said.length > 0) return said;
  return [
    ok(
      `${label}${all === 0 ? 'there are none' : `${here} of ${all} report to the agent, and ask for retries${here < all ? '; nothing is amiss with the others' : ''}`}`,
    ),
  ];
}
