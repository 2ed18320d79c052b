import type { Config } from '../../config/schema.ts';
import { PROBE_SIDS, type ProbedFeed, probedName, readSaw, SAW, type Saw } from '../../receive/probe.ts';
import { SETTINGS } from '../../verify/settings.ts';
import { SignedText, type SigningKey, signingKey } from '../../verify/signature.ts';
import { ask } from '../http.ts';
import { type Pair, parametersOf } from '../request/forms.ts';

const TIMEOUT_MS = 15_000;

/** With what a probe is signed, and as whose. */
export interface Signer {
  readonly key: SigningKey;
  /** Empty where one token serves whatever account sends. */
  readonly accountSid: string;
  /** The shared key that is named, where it is one. */
  readonly sharedKey: string | undefined;
}

/** The first token that stands in the configuration, as Twilio would sign with it; nothing where there is none. */
export function signerOf({ receivers: { twilio } }: Config): Signer | undefined {
  const [first] = twilio.accounts;
  const [shared] = twilio.shared_keys;
  if (twilio.auth_token !== '') {
    return { key: signingKey(twilio.auth_token), accountSid: twilio.account_sid, sharedKey: undefined };
  }
  if (first) return { key: signingKey(first.auth_tokens[0]!), accountSid: first.account_sid, sharedKey: undefined };
  return shared && { key: signingKey(shared.secret, 'sha256'), accountSid: '', sharedKey: shared.key };
}

/** Everything that proxies like to change. */
export const HARD_QUERY = '?probe=a%2Fb%20c&and=%C3%BC~%7E*%2B';
const HARD_PAIRS: readonly Pair[] = [
  ['Probe', ' ü & 100 % + more = '],
  ['Empty', ''],
];
const EASY_PAIRS: readonly Pair[] = [['Probe', 'plain']];

export interface Probe {
  readonly feed: ProbedFeed;
  /** Where it is sent, without a query. */
  readonly url: string;
  /** For which URL it is signed, where that is another one. */
  readonly signedUrl?: string;
  readonly query?: string;
  /** For which query it is signed, where that is another one. */
  readonly signedQuery?: string;
  readonly hard?: boolean;
}

export interface ProbeAnswer {
  readonly status: number;
  readonly text: string;
  readonly location: string | undefined;
  /** How it arrived, as the agent says that verified it. */
  readonly saw: Saw | undefined;
  /** True where an agent verified it. */
  readonly verified: boolean;
}

/** Sends one probe. It has no status, so that no agent counts it. Rejects where there is no answer. */
export async function sendProbe(signer: Signer, probe: Probe): Promise<ProbeAnswer> {
  const { feed, url, signedUrl = url, query = '', signedQuery = query, hard = false } = probe;
  const pairs: Pair[] = [
    ...(signer.accountSid === '' ? [] : [['AccountSid', signer.accountSid] as const]),
    [probedName(feed), PROBE_SIDS[feed]],
    ...(hard ? HARD_PAIRS : EASY_PAIRS),
  ];
  const signature = new SignedText(signedQuery, parametersOf(pairs)).sign(signer.key, signedUrl);
  const body = new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString();
  const { status, text, headers } = await ask(url + query, {
    method: 'POST',
    body,
    timeoutMs: TIMEOUT_MS,
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'Content-Length': String(Buffer.byteLength(body)),
      'User-Agent': 'twilio-otel-agent doctor',
      'X-Twilio-Signature': signature,
      ...(signer.sharedKey ? { [SETTINGS]: `key=${signer.sharedKey},algorithm=HMAC_SHA256` } : {}),
    },
  });
  const saw = readSaw(headers[SAW]);
  // An agent of before probes verifies it, and then misses the status.
  const verified = saw !== undefined || (status === 400 && text.startsWith('missing_field: '));
  return { status, text, location: headers.location, saw, verified };
}
