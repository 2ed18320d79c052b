/** What went wrong between the agent and the application: the values of `error.type`, but for the statuses. */
const FAILURES = {
  timeout: { status: 504, words: 'did not answer in time' },
  connection_refused: { status: 502, words: 'refuses connections' },
  name_not_resolved: { status: 502, words: 'has a name that cannot be resolved' },
  unreachable: { status: 502, words: 'cannot be reached' },
  tls: { status: 502, words: 'shows a certificate that is not accepted, or speaks no TLS' },
  connection_reset: { status: 502, words: 'closed the connection before its answer was complete' },
  invalid_answer: { status: 502, words: 'answered with something that is no HTTP, or a head of more than 128 KiB' },
  client_aborted: { status: 502, words: 'was left without an answer to give: the client was gone' },
  _OTHER: { status: 502, words: 'could not be asked' },
} as const;

export type Failure = keyof typeof FAILURES;

export const statusOf = (failure: Failure): number => FAILURES[failure].status;
export const wordsOf = (failure: Failure): string => FAILURES[failure].words;

const BY_CODE: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: 'connection_refused',
  ENOTFOUND: 'name_not_resolved',
  EAI_AGAIN: 'name_not_resolved',
  EAI_FAIL: 'name_not_resolved',
  EAI_NODATA: 'name_not_resolved',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'connection_reset',
  ECONNABORTED: 'connection_reset',
  EPIPE: 'connection_reset',
  EPROTO: 'tls',
};

/** The kind of an error of Node's. */
export function failureOf(error: NodeJS.ErrnoException): Failure {
  const code = error.code ?? '';
  if (BY_CODE[code]) return BY_CODE[code];
  if (/^HPE_|^ERR_(?:HTTP|INVALID_(?:CHAR|HTTP)|STREAM)/.test(code)) return 'invalid_answer';
  return /^ERR_(?:TLS|SSL)|CERT|SIGNATURE|ISSUER/.test(code) ? 'tls' : '_OTHER';
}
