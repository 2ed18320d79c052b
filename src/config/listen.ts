import type { TwilioConfig } from './schema.ts';
import { type Endpoint, parseEndpoint } from './values.ts';

/** True for a host name or address that only this machine can reach. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host);

/** True where there is a token or a shared key to verify Twilio's own signatures with. */
export const hasTwilioKeys = (twilio: TwilioConfig): boolean =>
  twilio.auth_token !== '' || twilio.accounts.length > 0 || twilio.shared_keys.length > 0;

/** The public keys of SendGrid, as they are written. */
export const sendgridKeys = ({ families }: TwilioConfig): readonly string[] => families['sendgrid']?.public_keys ?? [];

/**
 * True when nothing unsigned is taken. A key of SendGrid's is a proof, too: who has no token beside it takes e-mails alone,
 * and nothing of Twilio's, unless that is allowed by name.
 */
export const isSigned = (twilio: TwilioConfig): boolean =>
  hasTwilioKeys(twilio) || (sendgridKeys(twilio).length > 0 && !twilio.allow_unsigned);

/**
 * Where the receiver listens. Without a host in `endpoint` it is every address when signatures are verified (or the
 * user allows unsigned callbacks from anywhere), else both loopback addresses.
 */
export function listenOn(twilio: TwilioConfig): readonly Endpoint[] {
  const { host, port } = parseEndpoint(twilio.endpoint)!;
  if (host !== '') return [{ host, port }];
  if (isSigned(twilio) || twilio.allow_unsigned) return [{ host: '0.0.0.0', port }];
  return [
    { host: '127.0.0.1', port },
    { host: '::1', port },
  ];
}

/** What is served beside callbacks and the scrape page, which may be anywhere else. */
export const OWN_PATHS: readonly string[] = ['/', '/status.json', '/health', '/ready', '/live'];
