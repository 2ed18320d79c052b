import { NOON_MS } from '../../manual-clock.ts';
import { emailSignature, newSigner, SIGNATURE, type Signer, TIMESTAMP } from '../../sendgrid.ts';
import { request, type Sending } from './wire.ts';

/** The key whose public part the agent under test is given. */
export const SIGNER = newSigner();
export const OTHER_SIGNER = newSigner();

let last = 0;
/** An event that was never sent before. */
export const email = (event = 'delivered', more: Readonly<Record<string, unknown>> = {}) => ({
  email: 'wilhelmina@lighthouse.example',
  event,
  sg_event_id: `bmV2ZXItYmVmb3Jl${(++last).toString(36)}`,
  sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-1.0',
  'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>',
  timestamp: NOON_MS / 1_000,
  ...more,
});

export interface EmailSigning extends Sending {
  readonly signer?: Signer;
  /** Seconds since the epoch. */
  readonly timestamp?: string;
  /** What is signed, where that is not the body. */
  readonly signs?: string | Buffer;
}

/** A POST as SendGrid signs it. A list is written as SendGrid does: an event a line. */
export function signedEmails(value: unknown, options: EmailSigning = {}): Buffer {
  const lines = (events: readonly unknown[]) => `[${events.map((each) => JSON.stringify(each)).join(',\r\n')}]\r\n`;
  const plain = Buffer.isBuffer(value) || typeof value === 'string';
  const body = options.body ?? (plain ? value : Array.isArray(value) ? lines(value) : JSON.stringify(value));
  const { signer = SIGNER, timestamp = String(NOON_MS / 1_000), signs = body } = options;
  return request({
    target: '/webhooks/sendgrid',
    ...options,
    body,
    headers: {
      'Content-Type': 'application/json',
      [SIGNATURE]: emailSignature(signer, timestamp, signs).toString('base64'),
      [TIMESTAMP]: timestamp,
      ...options.headers,
    },
  });
}
