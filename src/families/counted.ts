import type { Increment } from '../../instrumentation/increments.ts';
import type { MetricKey } from '../../instrumentation/metrics.ts';
import type { Family } from './family.ts';

/** An event that has no life: it counts once, whatever it counts. */
export interface CountedEvent {
  /** What tells it from any other event of its family. */
  readonly identity: string;
  readonly increments: readonly Increment[];
}

const SEEN = 1;

/** A family of such events; each of its records counted once in all of `counts`. */
export const countedFamily = (name: string, ...counts: readonly MetricKey[]): Family<CountedEvent> => ({
  name,
  key: ({ identity }) => identity,
  reduce: (previous, { increments }) => (previous ? 'duplicate' : { next: { seen: SEEN, times: [] }, increments }),
  recount: () => Object.fromEntries(counts.map((metric) => [metric, 1])),
});

/** Inbound messages. https://www.twilio.com/docs/events/event-types/messaging/inbound-message */
export const inbound = countedFamily('inbound', 'messagesReceived');
/** Events of Event Streams that have no counter of their own. */
export const event = countedFamily('event', 'eventStreamsEvents');
export const verification = countedFamily('verification', 'verifyVerifications');
export const verifyMessage = countedFamily('verify-message', 'verifyMessages');
/** Requests to the user's own webhooks, as Twilio saw them. */
export const webhook = countedFamily('webhook', 'webhookRequestDuration');
/** Transcripts of Conversational Intelligence, and results of its operators. */
export const intelligence = countedFamily('intelligence', 'intelligenceCallback');
/** Events of e-mails. A bounce also counts by its classification, which is not recounted: not every event does. */
export const email = countedFamily('email', 'emailEvents');
/** Entries of Twilio's error log; an error counts in one metric and a warning in another, so neither is recounted. */
export const debuggerEntry = countedFamily('debugger');
