import type { Context } from 'koa';
import type { EventReading, JsonFeed } from '../feeds/feed.ts';
import { parseJson } from '../feeds/reading/json.ts';
import { isObject } from '../feeds/reading/json-fields.ts';
import type { ChangeOutcome } from '../ledger/ledger.ts';
import { type Outcome, Rejection, reject } from '../rejection.ts';
import { type CallbackRoom, rawQuery, receive, tellUnknown } from './room.ts';

/**
 * Verifies, reads and commits a batch of events: all that can be used of it, in one step. Each event has an outcome of its
 * own; the request is refused only where none of them can be used, because Twilio would send the same ones again.
 */
export async function readBatch(
  ctx: Context,
  feed: JsonFeed,
  path: string,
  body: Buffer,
  room: CallbackRoom,
): Promise<void> {
  const refused = room.proofs[feed.proof].verifyBody(ctx.req, feed.name, path, rawQuery(ctx.req.url ?? ''), body);
  if (refused) {
    ctx.state.refused = refused;
    return;
  }
  // Whoever cannot sign does not make the page longer.
  room.eventOutcomes.begin(feed.name);
  const value = parseJson(body);
  const reception = receive(ctx.req, room);
  room.keeper?.batch(feed.name, value, reception.isOwnUrl);
  const readings = feed.read(eventsOf(value, room.limits.max_events), reception);
  const usable = readings.filter((reading): reading is EventReading => !(reading instanceof Rejection));
  const outcomes = await room.ledger.apply(usable.flatMap(({ changes }) => changes));
  const told = outcomesOf(readings, outcomes);
  for (const outcome of told) room.eventOutcomes.add(feed.name, outcome);
  for (const reading of readings) tell(feed, reading, room);
  const [first] = readings;
  if (usable.length === 0 && first instanceof Rejection) ctx.state.refused = first;
  else ctx.state.outcome = (['accepted', 'duplicate'] as const).find((each) => told.includes(each)) ?? 'ignored';
}

/** Event Streams sends an array, and once sent a single event. */
function eventsOf(value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value) && !isObject(value)) throw reject('malformed_json', 'neither a list nor an event');
  const events = Array.isArray(value) ? value : [value];
  if (events.length > most) throw reject('too_many_events');
  return events;
}

/** The one outcome of each event. The ledger's outcomes stand in the order of the changes; an event may make several. */
function outcomesOf(readings: readonly (EventReading | Rejection)[], outcomes: readonly ChangeOutcome[]): Outcome[] {
  let at = 0;
  return readings.map((reading): Outcome => {
    if (reading instanceof Rejection) return reading.reason;
    const own = outcomes.slice(at, (at += reading.changes.length));
    if (reading.ignored) return 'ignored';
    return own.includes('accepted') ? 'accepted' : 'duplicate';
  });
}

function tell(feed: JsonFeed, reading: EventReading | Rejection, { events }: CallbackRoom): void {
  if (reading instanceof Rejection) return events.refused(reading, feed.name);
  if (reading.unknown) tellUnknown(feed, reading.unknown, events);
  if (reading.note) events.once('info', reading.note);
}
