import { call } from './call.ts';
import { COUNTING_FEEDS } from './counting.ts';
import { debuggerFeed } from './debugger.ts';
import { eventStreams } from './event-streams.ts';
import type { Feed, FormFeed } from './feed.ts';
import { intelligence } from './intelligence.ts';
import { message } from './message.ts';
import { sendgrid } from './sendgrid.ts';

/** Everything that Twilio may call, at `<receivers.twilio.path>/<name>`. Configuration and labels derive from this list. */
export const FEEDS: readonly Feed[] = [
  message,
  call,
  eventStreams,
  sendgrid,
  intelligence,
  debuggerFeed,
  ...COUNTING_FEEDS,
];

/** Everything that takes forms, alone or beside JSON. */
export const FORM_FEEDS: readonly FormFeed[] = FEEDS.flatMap((feed) =>
  feed.content === 'form' ? [feed] : (feed.asForm ?? []),
);

export const FEED_NAMES: readonly string[] = FEEDS.map(({ name }) => name);
