import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { TwilioConfig } from '../config/schema.ts';
import type { Feed, JsonFeed } from '../feeds/feed.ts';
import type { Reception } from '../feeds/reading/fields.ts';
import type { Parameters } from '../feeds/reading/parameters.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { EventLog } from '../log.ts';
import type { BodyProof } from '../verify/body-proof.ts';
import type { Verifier } from '../verify/verifier.ts';
import type { Outcomes } from './outcomes.ts';
import type { ParameterLimits } from './parameters.ts';
import type { BodyLimits } from './read.ts';

/** Keeps what was verified, where that was asked for. */
export interface Keeper {
  form(feed: string, method: string | undefined, parameters: Parameters, isOwnUrl: (url: string) => boolean): void;
  batch(feed: string, value: unknown, isOwnUrl: (url: string) => boolean): void;
}

/** What stands behind the handlers of all feeds. */
export interface CallbackRoom {
  readonly verifier: Verifier;
  /** What a batch is held against, by who signs it. */
  readonly proofs: Readonly<Record<JsonFeed['proof'], BodyProof>>;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly windowMs: number;
  /** The path of a feed, if there is one of that name. */
  readonly pathOf: (feed: string) => string | undefined;
  readonly isOwnUrl: (url: string, req: IncomingMessage) => boolean;
  readonly countsOnRequest: Reception['countsOnRequest'];
  readonly errorCodes: Reception['errorCodes'];
  readonly labeler: Reception['labeler'];
  readonly limits: BodyLimits & Pick<TwilioConfig, 'max_events'>;
  /** The limits of the parameters of a feed. */
  readonly parameterLimits: (feed: string) => ParameterLimits;
  /** One outcome for each event of a batch, by feed. */
  readonly eventOutcomes: Outcomes;
  readonly keeper: Keeper | undefined;
}

/** What is known of a request besides its body; `signed` is what was signed of a form. */
export const receive = (
  req: IncomingMessage,
  { clock, windowMs, pathOf, isOwnUrl, countsOnRequest, errorCodes, labeler, verifier }: CallbackRoom,
  signed?: Reception['signed'],
): Reception => ({
  receivedAtMs: clock.nowMs(),
  wallMs: clock.wallMs(),
  windowMs,
  signed,
  pathOf,
  isOwnUrl: (url) => isOwnUrl(url, req),
  countsOnRequest,
  errorCodes,
  labeler,
  strictSids: verifier.strictSids,
});

/** Twilio adds values now and then: what is counted as `other` is worth a line, once a minute. */
export function tellUnknown(feed: Feed, field: string, events: EventLog): void {
  const text = `${feed.name}: ${field} has a value that this version does not know: counted as other`;
  events.event('info', `other:${feed.name}`, text);
}

export function rawQuery(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
}
