import { createHash, createHmac } from 'node:crypto';

export const TOKEN = '0123456789abcdef0123456789abcdef';
export const ACCOUNT = `AC${'a1'.repeat(16)}`;

const hmac = (text: string, token: string): string => createHmac('sha1', token).update(text).digest('base64');

/** The bytes of a signed POST, as Twilio would send it to the agent directly. */
export function signedRequest(port: number, path: string, params: Record<string, string>, token = TOKEN): string {
  const text = Object.keys(params)
    .sort()
    .map((name) => name + params[name])
    .join('');
  return post(port, path, hmac(`http://127.0.0.1:${port}${path}${text}`, token), {
    type: 'application/x-www-form-urlencoded; charset=UTF-8',
    body: new URLSearchParams(params).toString(),
  });
}

/** The bytes of a signed batch of Event Streams. */
export function signedEvents(port: number, events: readonly object[], token = TOKEN): string {
  const body = JSON.stringify(events);
  const path = `/webhooks/events?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
  return post(port, path, hmac(`http://127.0.0.1:${port}${path}`, token), { type: 'application/json', body });
}

const post = (port: number, path: string, signature: string, { type, body }: { type: string; body: string }): string =>
  [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Content-Type: ${type}`,
    `X-Twilio-Signature: ${signature}`,
    'I-Twilio-Idempotency-Token: 5a0c2f4e-0000-4000-8000-000000000000',
    'User-Agent: TwilioProxy/1.1',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
