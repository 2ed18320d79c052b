import { randomBytes } from 'node:crypto';
import { getExpectedBodyHash, getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';

export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
export const ACCOUNT_SID = `AC${'a'.repeat(32)}`;

export type Params = Readonly<Record<string, string>>;

/** A SID that was never used: two letters and 32 hex digits. */
export const freshSid = (prefix: string): string => prefix + randomBytes(16).toString('hex');

export interface Signing {
  readonly token?: string;
  /** The URL that Twilio was given, when it is not the one that is called. */
  readonly signedUrl?: string;
  readonly headers?: Params;
}

/** Sends a callback as Twilio does, signed by Twilio's own helper library. */
export function signedPost(url: string, params: Params, signing: Signing = {}): Promise<Response> {
  const { token = AUTH_TOKEN, signedUrl = url, headers } = signing;
  return post(url, params, {
    'X-Twilio-Signature': getExpectedTwilioSignature(token, signedUrl, params),
    ...headers,
  });
}

/** Sends events as a sink of Event Streams does: the hash of the body is a part of the URL, which Twilio's library signs. */
export async function signedBatch(url: string, events: readonly Event[], { token = AUTH_TOKEN }: Signing = {}) {
  const body = JSON.stringify(events);
  const signed = `${url}?bodySHA256=${getExpectedBodyHash(body)}`;
  const signature = getExpectedTwilioSignature(token, signed, {});
  const headers = { 'Content-Type': 'application/json', 'X-Twilio-Signature': signature };
  const response = await fetch(signed, { method: 'POST', body, headers });
  return new Response((await response.text()) || null, { status: response.status });
}

export interface Event {
  readonly type: string;
  readonly id: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event of Event Streams, of now. */
export const cloudEvent = (type: string, data: Event['data'], id = freshSid('EZ')): Event => ({
  type: `com.twilio.${type}`,
  id,
  time: new Date().toISOString(),
  data,
});

/** Sends a callback without a signature. */
export async function post(url: string, params: Params, headers: Params = {}): Promise<Response> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(params), headers });
  // Read to the end, so that the connection can be used again; the text stays readable.
  return new Response((await response.text()) || null, { status: response.status, headers: response.headers });
}

/** The parameters of one message status callback. */
export const messageStatus = (sid: string, status: string, more: Params = {}): Params => ({
  AccountSid: ACCOUNT_SID,
  MessageSid: sid,
  MessageStatus: status,
  ...more,
});

/** The parameters of one call status callback. */
export const callStatus = (sid: string, status: string, more: Params = {}): Params => ({
  AccountSid: ACCOUNT_SID,
  CallSid: sid,
  CallStatus: status,
  ...more,
});
