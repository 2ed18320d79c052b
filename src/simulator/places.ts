import { isLoopback, isSigned, listenOn } from '../config/listen.ts';
import { type Config, isTls, type TwilioConfig } from '../config/schema.ts';
import { type Endpoint, parseEndpoint } from '../config/values.ts';
import type { Token } from './profiles.ts';
import type { Place } from './send.ts';

/** Where the agent of a configuration is called, on this machine. */
export function targetOf({ receivers: { twilio } }: Config): string {
  const [endpoint] = listenOn(twilio);
  return originOf(endpoint!, isTls(twilio.tls));
}

function originOf({ host, port }: Endpoint, tls: boolean): string {
  const reached = host === '' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${tls ? 'https' : 'http'}://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

/** Why nothing is sent to a target; nothing where that may be. */
export function isNoTarget(target: string, isMine: boolean): string | undefined {
  const { protocol, search, host } = URL.canParse(target) ? new URL(target) : { protocol: '', search: '', host: '' };
  if (!/^https?:$/.test(protocol) || search !== '' || target.includes('#')) {
    return '--target must be an http or https URL without a query';
  }
  if (staysHere(target) || isMine) return undefined;
  return `${host} is another machine, whose figures this would change: --yes-this-is-mine if it may`;
}

/** True for a URL that does not leave this machine. */
const staysHere = (target: string): boolean => isLoopback(new URL(target).hostname.replaceAll(/[[\]]/g, ''));

/** Where a feed is called, and which URL Twilio would sign for that. */
export function placeOf({ receivers: { twilio } }: Config, target: string, feed: string): Place {
  const path = `${twilio.path}/${feed}`;
  const [base] = twilio.public_urls;
  const [exact] = twilio.families[feed]?.public_urls ?? [];
  const url = target.replace(/\/+$/, '') + path;
  return { url, signedUrl: base !== undefined ? base.replace(/\/+$/, '') + path : (exact ?? url) };
}

interface Asked {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** What is asked for its figures, and with which header. */
export function pageOf({ exporters: { prometheus } }: Config, target: string): Asked {
  const own = parseEndpoint(prometheus.endpoint);
  const origin = own ? originOf(own, isTls(prometheus.tls)) : target.replace(/\/+$/, '');
  const { bearer_token, basic_auth } = prometheus;
  const basic = Buffer.from(`${basic_auth.username}:${basic_auth.password}`).toString('base64');
  const authorization = bearer_token ? `Bearer ${bearer_token}` : basic_auth.username ? `Basic ${basic}` : undefined;
  return { url: origin + prometheus.path, headers: authorization ? { Authorization: authorization } : {} };
}

/** As whose requests go, and with what they are signed. */
export interface Signing {
  readonly accountSid: string;
  /** Absent where nothing is verified. */
  readonly tokens: Readonly<Partial<Record<Token, string>>> | undefined;
}

const NOBODY = `AC${'0'.repeat(32)}`;

/** What the configuration signs with; nothing where it has no auth token and still verifies. */
export function signingOf(twilio: TwilioConfig): Signing | undefined {
  const [account] = twilio.accounts;
  const own = [twilio.auth_token, twilio.auth_token_secondary].filter((token) => token !== '');
  const [primary, secondary] = own.length > 0 ? own : (account?.auth_tokens ?? []);
  const accountSid = (own.length > 0 ? twilio.account_sid : account?.account_sid) || NOBODY;
  if (primary === undefined) return isSigned(twilio) ? undefined : { accountSid, tokens: undefined };
  return { accountSid, tokens: secondary === undefined ? { primary } : { primary, secondary } };
}
