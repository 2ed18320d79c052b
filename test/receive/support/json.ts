import { createHash } from 'node:crypto';
import { PUBLIC_URL, request, type Sending, signature, TOKEN } from './wire.ts';

const ACCOUNT = `AC${'a1'.repeat(16)}`;
let last = 0;
/** The id of an event that was never sent before. */
export const freshId = (): string => `EZ${(++last).toString(16).padStart(32, '0')}`;

export type Json = Readonly<Record<string, unknown>>;

/** An event of Event Streams. */
export const cloudEvent = (type: string, data: Json, more: Json = {}): Json => ({
  specversion: '1.0',
  type,
  source: `/2010-04-01/Accounts/${ACCOUNT}/x.json`,
  id: freshId(),
  time: '2026-10-14T12:03:12.345Z',
  datacontenttype: 'application/json',
  data,
  ...more,
});

/** What Event Streams tells of a message. */
export const messageEvent = (sid: string, status: string, data: Json = {}, more: Json = {}): Json =>
  cloudEvent(
    `com.twilio.messaging.message.${status.toLowerCase()}`,
    {
      messageSid: sid,
      accountSid: ACCOUNT,
      messageStatus: status,
      timestamp: '2026-10-14T12:03:12.000Z',
      from: '+15017122661',
      to: '+15558675310',
      ...data,
    },
    more,
  );

export interface JsonSigning extends Sending {
  readonly token?: string;
  /** The query of the sink's own URL. */
  readonly query?: string;
  /** What the URL says of the body, when it is not its hash alone. */
  readonly hashed?: string | ((hash: string) => string);
}

export const sha256 = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex');

/** A POST of JSON as Twilio signs it: the hash of the body is a part of the URL, and the URL is signed. */
export function signedJson(value: unknown, options: JsonSigning = {}): Buffer {
  const body = options.body ?? (Buffer.isBuffer(value) || typeof value === 'string' ? value : JSON.stringify(value));
  const { query = '', token = TOKEN, hashed = (hash: string) => `bodySHA256=${hash}` } = options;
  const parts = [query, typeof hashed === 'string' ? hashed : hashed(sha256(body))]
    .filter((part) => part !== '')
    .join('&');
  const target = options.target ?? `/webhooks/events${parts === '' ? '' : `?${parts}`}`;
  return request({
    ...options,
    target,
    body,
    headers: {
      'Content-Type': 'application/json',
      'X-Twilio-Signature': signature(PUBLIC_URL + target, [], token),
      ...options.headers,
    },
  });
}
