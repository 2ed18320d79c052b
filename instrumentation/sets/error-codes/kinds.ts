/**
 * What went wrong, in eleven words: the values of the label `error_category`. The text says what they have in common.
 * Values of a label that is in the ledger: they may be added to, and none may be renamed.
 */
export const ERROR_CATEGORIES = {
  delivery: 'the phone, its carrier or the address could not be reached',
  blocked: 'kept back on purpose: filtered as unwanted, or the recipient opted out',
  compliance: 'a registration is missing, wrong or not approved (A2P 10DLC, toll-free, sender IDs)',
  capacity: 'more was sent than the sender, the account or the carrier takes: queues and rate limits',
  content: 'the text, the template or the media does not suit the channel',
  config: 'the sender or a parameter of the request cannot be used like this',
  account: 'the account, its credentials or its permissions: suspended, trial, balance, countries that are not enabled',
  webhook: 'your own endpoint did not answer Twilio as it should',
  media: 'voice, SIP, streams, transcription or video failed while it ran',
  platform: 'Twilio or the channel failed inside',
  other: 'no code, a code that is not known, or one that fits none of these',
} as const;

export type ErrorCategory = keyof typeof ERROR_CATEGORIES;

/**
 * Who can do something about it: `sender` and `developer` are the people who run the account, the one with the Console,
 * the numbers and the content, the other with the code.
 */
export const ERROR_ACTORS = ['sender', 'developer', 'recipient', 'carrier', 'twilio', 'unknown'] as const;
export type ErrorActor = (typeof ERROR_ACTORS)[number];

interface Kind {
  readonly category: ErrorCategory;
  readonly actor: ErrorActor;
  /** Whether the same request may succeed when it is tried again; absent where that depends on the code. */
  readonly retry?: boolean;
  readonly advice: string;
}

const kind = (category: ErrorCategory, actor: ErrorActor, retry: boolean | undefined, advice: string): Kind =>
  retry === undefined ? { category, actor, advice } : { category, actor, retry, advice };

/** Finer than the categories: what holds for every code of a kind that has no advice of its own. */
export const ERROR_KINDS = {
  carrier: kind(
    'delivery',
    'carrier',
    true,
    'The carrier did not deliver: try once more; ask Twilio when it clusters.',
  ),
  destination_unreachable: kind(
    'delivery',
    'recipient',
    true,
    'The recipient cannot be reached now: try later, and not for ever.',
  ),
  destination_invalid: kind('delivery', 'sender', false, 'The address is wrong or gone: correct it or remove it.'),
  expired: kind('delivery', 'developer', true, 'It was too late to be sent: raise ValidityPeriod or the throughput.'),
  channel: kind('delivery', 'developer', undefined, 'The channel (WhatsApp, RCS, Messenger) did not take it.'),
  push_notify: kind('delivery', 'developer', undefined, 'The push service refused: check credentials and bindings.'),
  filtered: kind('blocked', 'sender', false, 'Blocked as unwanted: check consent, content and destination.'),
  opt_out: kind('blocked', 'recipient', false, 'The recipient opted out: stop sending to them.'),
  registration_compliance: kind(
    'compliance',
    'sender',
    false,
    'A registration is missing, wrong or not approved: correct it in the Console and submit it again.',
  ),
  rate_queue: kind('capacity', 'developer', true, 'Too much at once: send slower, or ask for more throughput.'),
  content_media: kind('content', 'developer', false, 'The content does not suit: correct text, template or media.'),
  sender_config: kind('config', 'developer', false, 'The sender cannot be used like this: check From or the service.'),
  request_invalid: kind('config', 'developer', false, 'The request is not valid: correct the parameter it names.'),
  twiml: kind('config', 'developer', false, 'The TwiML is wrong: correct what the application answers.'),
  verify_lookup: kind('config', 'developer', false, 'Verify or Lookup refused: check the service and the parameters.'),
  account_billing: kind('account', 'sender', false, 'The account may not do this: check its state, plan and balance.'),
  auth: kind('account', 'developer', false, 'Credentials are not accepted: check them and their rights.'),
  permission_geo: kind('account', 'sender', false, 'The country is not enabled: switch it on in geo permissions.'),
  webhook_http: kind('webhook', 'developer', true, 'Your endpoint failed: look at its URL, TLS, status and time.'),
  voice_client: kind('media', 'developer', undefined, 'The voice SDK failed: check network, browser and token.'),
  voice_sip: kind('media', 'developer', undefined, 'The SIP side failed: check your SIP system and its network.'),
  voice_media: kind('media', 'developer', undefined, 'Speech or streaming failed: check its settings and your server.'),
  video: kind('media', 'developer', undefined, 'A video room failed: check its settings, tokens and the client.'),
  platform_internal: kind('platform', 'twilio', true, 'Twilio failed inside: try again; ask support when it lasts.'),
  other: kind('other', 'unknown', undefined, "Read Twilio's page for this code."),
} as const satisfies Readonly<Record<string, Kind>>;

export type ErrorKind = keyof typeof ERROR_KINDS;
