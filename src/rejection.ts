/** THE table of refusals: the one place where a reason gets its HTTP status, its log level and its label value. */

interface Row {
  readonly status: number;
  /** `debug` for what clients do all day; `warn` for what an operator should look at. */
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** What is wrong and what to change, told to the sender and to the log. Never holds a value of the request. */
  readonly help: string;
  /** A single header with a status and a help of its own. */
  readonly header?: { readonly name: string; readonly status: number; readonly help: string };
}

const REFUSALS = {
  signature_missing: {
    status: 401,
    level: 'warn',
    help: 'the request carries no X-Twilio-Signature: it is not from Twilio, or a proxy drops the header',
  },
  signature_invalid: {
    status: 401,
    level: 'warn',
    help: 'the signature does not match: set PUBLIC_URL to exactly the URL that Twilio calls, and TWILIO_AUTH_TOKEN to the token of the account that sends',
  },
  account_unknown: {
    status: 401,
    level: 'warn',
    help: 'the AccountSid is not configured: add the account with its own auth token under receivers.twilio.accounts, or let receivers.twilio_api.discover find it',
  },
  body_hash_mismatch: {
    status: 401,
    level: 'warn',
    help: 'the body does not match the signed bodySHA256: something between Twilio and the agent changes it',
  },
  trial_only: {
    status: 403,
    level: 'warn',
    help: 'this agent runs unsigned for local trial and accepts only what this machine itself sends, passed on by nobody: set TWILIO_AUTH_TOKEN',
  },
  not_found: { status: 404, level: 'debug', help: 'nothing is served at this path: GET / lists what is' },
  method_not_allowed: { status: 405, level: 'debug', help: 'use one of the methods in the Allow header' },
  body_too_large: { status: 413, level: 'warn', help: 'the body is over receivers.twilio.max_body_size' },
  too_many_events: {
    status: 413,
    level: 'warn',
    help: 'the batch has more events than receivers.twilio.max_events, of SendGrid families.sendgrid.max_events',
  },
  url_too_long: { status: 414, level: 'warn', help: 'the URL is over receivers.twilio.max_url_size' },
  content_type: {
    status: 415,
    level: 'warn',
    help: 'send application/x-www-form-urlencoded, in UTF-8, as Twilio does',
  },
  content_encoding: { status: 415, level: 'warn', help: 'send the body uncompressed, as Twilio does' },
  headers_too_many: {
    status: 431,
    level: 'warn',
    help: 'the header block is over receivers.twilio.max_headers or max_header_size',
  },
  control_webhook: {
    status: 400,
    level: 'warn',
    help: 'this request asks what to do, and nobody here answers that: give the URL of this agent as a status callback only',
  },
  wrong_feed: { status: 400, level: 'warn', help: 'this is a callback of another kind, which has a path of its own' },
  malformed_form: { status: 400, level: 'warn', help: 'the parameters are not valid percent-encoded UTF-8' },
  malformed_json: { status: 400, level: 'warn', help: 'the body is not the JSON that this path takes' },
  bad_request: {
    status: 400,
    level: 'debug',
    help: 'this is not a well-formed HTTP request',
    header: { name: 'Expect', status: 417, help: 'nothing but 100-continue can be expected' },
  },
  too_many_parameters: { status: 400, level: 'warn', help: 'more parameters than receivers.twilio.max_parameters' },
  parameter_too_long: {
    status: 400,
    level: 'warn',
    help: 'a name or a value is over receivers.twilio.max_parameter_name_size or max_parameter_value_size',
  },
  duplicate_parameter: { status: 400, level: 'warn', help: 'a parameter that the agent reads is given twice' },
  missing_field: {
    status: 400,
    level: 'warn',
    help: 'a required parameter is missing or empty: is this URL given as a status callback?',
  },
  invalid_sid: { status: 400, level: 'warn', help: "a SID does not have Twilio's form: two letters and 32 hex digits" },
  invalid_field: { status: 400, level: 'warn', help: 'a parameter that the agent reads has a value it cannot take' },
  too_old: {
    status: 400,
    level: 'warn',
    help: 'the signed time is older than the ledger window or more than an hour ahead: check the clock',
  },
  overloaded: {
    status: 503,
    level: 'error',
    help: 'more in flight than receivers.twilio.max_requests_in_flight or max_bytes_in_flight: try again',
  },
  ledger_unavailable: {
    status: 503,
    level: 'error',
    help: 'the callback cannot be made durable now: try again, it counts once',
  },
  shutting_down: { status: 503, level: 'info', help: 'the agent is stopping: try again' },
  internal_error: { status: 500, level: 'error', help: 'the agent failed on this request and did not count it' },
} as const satisfies Record<string, Row>;

export type Reason = keyof typeof REFUSALS;

/** What can happen to a connection before, or instead of, a request. */
const TRANSPORT_ONLY = ['request_timeout', 'connect', 'dropped', 'tls_handshake', 'unauthorized'] as const;
export type TransportReason = Reason | (typeof TRANSPORT_ONLY)[number];

export const REASONS = Object.keys(REFUSALS) as Reason[];

/** The values of the label `outcome`: a request that reached a family has exactly one of them. */
export type Outcome = 'accepted' | 'duplicate' | 'ignored' | 'aborted' | Reason;
export const OUTCOMES: readonly Outcome[] = ['accepted', 'duplicate', 'ignored', 'aborted', ...REASONS];
/** The values of the label `reason` of transport errors. */
export const TRANSPORT_REASONS: readonly TransportReason[] = [...TRANSPORT_ONLY, ...REASONS];

export const refusal = (reason: Reason): Row => REFUSALS[reason];

/** A text, or how to make it: of a flood of refusals one a minute is logged. */
type Detail = string | (() => string);

/** Why a request is refused: what the steps from receive to commit throw, but for a request that broke off. */
export class Rejection extends Error {
  readonly reason: Reason;
  /** The name of the parameter, header or setting that is meant; never its value. */
  readonly subject: string | undefined;
  readonly #detail: Detail | undefined;
  readonly #help: string | undefined;

  constructor(reason: Reason, subject?: string, detail?: Detail, help?: string) {
    super(reason);
    this.reason = reason;
    this.subject = subject;
    this.#detail = detail;
    this.#help = help;
  }

  /** For the log only, for the one who runs the agent; never a value that must not leave. */
  get detail(): string | undefined {
    return typeof this.#detail === 'function' ? this.#detail() : this.#detail;
  }

  get status(): number {
    return this.#row.status;
  }

  get #row(): Pick<Row, 'status' | 'help'> {
    const row: Row = REFUSALS[this.reason];
    return row.header && row.header.name === this.subject ? row.header : row;
  }

  /** What is wrong and what to change. */
  get help(): string {
    return this.#help ?? this.#row.help;
  }

  /** The body of the answer. A 401 says nothing that helps a forger. */
  get body(): string {
    if (this.status === 401) return 'Invalid signature';
    return `${this.reason}: ${this.subject ? `${this.subject}: ` : ''}${this.help}`;
  }
}

/**
 * A rejection without a stack: a flood of forged requests must stay cheap, and the reason says where it comes from. `help`
 * takes the place of the table's where more is known.
 */
export function reject(reason: Reason, subject?: string, detail?: Detail, help?: string): Rejection {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const rejection = new Rejection(reason, subject, detail, help);
  Error.stackTraceLimit = limit;
  return rejection;
}
