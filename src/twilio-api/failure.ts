/**
 * THE table of what can go wrong with a request to Twilio's API: when it is tried again, and what to change.
 *
 * `soon` is a back-off of seconds to minutes, `slowly` one of minutes to an hour, `in_turn` the next interval.
 */
const FAILURES = {
  credentials: {
    retry: 'slowly',
    help: 'Twilio refuses the credentials: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and TWILIO_API_SECRET, if they are set',
  },
  forbidden: {
    retry: 'slowly',
    help: 'the credentials may not read this: use a standard API key (for subaccounts a main key or the auth token), or give the restricted key this permission',
  },
  not_found: {
    retry: 'slowly',
    help: 'nothing is there: check receivers.twilio_api.endpoint (TWILIO_API_URL); for a subaccount, which has no balance, set scrapers.balance.enabled to false',
  },
  refused: { retry: 'slowly', help: 'the request is refused: check receivers.twilio_api.endpoint (TWILIO_API_URL)' },
  rate_limited: { retry: 'soon', help: 'too many requests to this account: the agent waits as long as it is told to' },
  server_error: { retry: 'soon', help: "Twilio's side fails" },
  timeout: { retry: 'soon', help: "no complete answer within the scraper's timeout" },
  unreachable: {
    retry: 'soon',
    help: 'it cannot be reached, or the connection broke: check the network, a proxy and receivers.twilio_api.endpoint (TWILIO_API_URL)',
  },
  malformed: {
    retry: 'soon',
    help: "the answer is not the JSON of Twilio's API: check receivers.twilio_api.endpoint (TWILIO_API_URL)",
  },
  page_loop: { retry: 'in_turn', help: 'a page of the answer links to one that was read already, or to another host' },
  unusable: { retry: 'in_turn', help: 'the answer holds no number, or no currency, where one is due' },
} as const satisfies Record<string, { retry: 'soon' | 'slowly' | 'in_turn'; help: string }>;

export type FailureKind = keyof typeof FAILURES;
export type Retry = (typeof FAILURES)[FailureKind]['retry'];

/** What is safe to log of a failure: never a message of Twilio's or of a library, which may hold what was sent. */
export interface FailureDetail {
  readonly status?: number;
  /** Twilio's error code, or the system's for a connection. */
  readonly code?: number | string;
}

/** Why a request to Twilio's API gave nothing that can be used. */
export class ApiFailure extends Error {
  readonly kind: FailureKind;
  readonly detail: FailureDetail;
  /** How long Twilio wants to be left alone. */
  readonly retryAfterMs: number;

  constructor(kind: FailureKind, detail: FailureDetail = {}, retryAfterMs = 0) {
    super(kind);
    this.kind = kind;
    this.detail = detail;
    this.retryAfterMs = retryAfterMs;
  }

  get retry(): Retry {
    return FAILURES[this.kind].retry;
  }

  get help(): string {
    return FAILURES[this.kind].help;
  }
}

/** The failure that a status other than 200 means. */
export function failureOfStatus(status: number): FailureKind {
  if (status === 401) return 'credentials';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  if (status === 408) return 'timeout';
  if (status >= 500) return 'server_error';
  return 'refused';
}

/** Anything that was thrown while an answer was fetched and read, as a failure. */
export function asFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code !== 'string') return new ApiFailure('malformed');
  // axios: the answer is larger than its limit.
  if (code === 'ERR_BAD_RESPONSE') return new ApiFailure('malformed', { code });
  const timedOut = code === 'ECONNABORTED' || code === 'ETIMEDOUT';
  return new ApiFailure(timedOut ? 'timeout' : 'unreachable', { code });
}
