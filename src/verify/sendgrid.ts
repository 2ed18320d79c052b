import { createVerify, type KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import { isInWindow } from '../feeds/reading/fields.ts';
import { type Rejection, reject } from '../rejection.ts';
import type { BodyProof } from './body-proof.ts';

/** The most public keys; they are label values by position. */
export const SENDGRID_KEY_INDEXES = ['sendgrid_0', 'sendgrid_1', 'sendgrid_2', 'sendgrid_3'] as const;
type Head = Pick<IncomingMessage, 'headers'>;
type KeyIndex = (typeof SENDGRID_KEY_INDEXES)[number];

export const SENDGRID_SIGNATURE = 'x-twilio-email-event-webhook-signature';
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp';
const KEY = 'receivers.twilio.families.sendgrid';

/** A sequence of two integers of 256 bits, in DER and in base64, is never longer. */
const LONGEST_SIGNATURE = 96;
/** Always of one length, because nothing is signed between the time and the body: where one ends must not be a question. */
const SECONDS = /^\d{10}$/;

export interface SendGridOptions {
  /** Public keys on the curve P-256; none means that nothing is SendGrid's. */
  readonly keys: readonly KeyObject[];
  /** How old the time may be that was signed: one who kept a batch must not send it again once it is forgotten. */
  readonly windowMs: number;
  readonly clock: Pick<Clock, 'nowMs' | 'wallMs'>;
}

/**
 * Decides whether a batch is SendGrid's: it signs the time and the bytes of the body with ECDSA and SHA-256, and nothing of
 * the URL. Of each signature there is a second one that holds as well and that anybody can compute: nothing is told
 * apart by its signature. https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
export class SendGridVerifier implements BodyProof {
  /** Verified requests by the position of their key. */
  readonly verified = new Map<KeyIndex, number>();
  #keys: readonly KeyObject[] = [];
  readonly #windowMs: number;
  readonly #clock: SendGridOptions['clock'];

  constructor({ keys, windowMs, clock }: SendGridOptions) {
    this.#windowMs = windowMs;
    this.#clock = clock;
    this.renew(keys);
  }

  /** From the next request on these keys verify, and no others. */
  renew(keys: readonly KeyObject[]): void {
    this.#keys = keys;
    for (const index of SENDGRID_KEY_INDEXES.slice(0, keys.length)) {
      this.verified.set(index, this.verified.get(index) ?? 0);
    }
  }

  refusesHead({ headers }: Head): Rejection | undefined {
    const missing = headers[SENDGRID_SIGNATURE] === undefined || headers[TIMESTAMP] === undefined;
    return missing ? reject('signature_missing', undefined, undefined, UNSIGNED) : undefined;
  }

  verifyBody(req: Head, _family: string, _path: string, _query: string, body: Buffer): Rejection | undefined {
    const refused = this.refusesHead(req);
    if (refused) return refused;
    const timestamp = String(req.headers[TIMESTAMP]);
    const signature = derOf(String(req.headers[SENDGRID_SIGNATURE]));
    const signer = signature && SECONDS.test(timestamp) ? this.#signerOf(signature, timestamp, body) : undefined;
    if (signer === undefined) return reject('signature_invalid', undefined, undefined, NOT_OURS);
    const times = { receivedAtMs: this.#clock.nowMs(), wallMs: this.#clock.wallMs(), windowMs: this.#windowMs };
    if (!isInWindow(Number(timestamp) * 1_000, times)) return reject('too_old', TIMESTAMP, undefined, TOO_OLD);
    this.verified.set(signer, (this.verified.get(signer) ?? 0) + 1);
    return undefined;
  }

  #signerOf(signature: Buffer, timestamp: string, body: Buffer): KeyIndex | undefined {
    const at = this.#keys.findIndex((key) =>
      createVerify('sha256').update(timestamp).update(body).verify(key, signature),
    );
    return SENDGRID_KEY_INDEXES[at];
  }
}

/** The bytes of a signature; nothing where the text is not the one way to write them, or too long for any. */
function derOf(text: string): Buffer | undefined {
  if (text.length === 0 || text.length > LONGEST_SIGNATURE) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

const UNSIGNED =
  "the request carries no X-Twilio-Email-Event-Webhook-Signature and -Timestamp: turn on Signed Event Webhook in SendGrid's settings, or a proxy drops the headers";
const NOT_OURS = `the signature fits none of ${KEY}.public_keys: set SENDGRID_PUBLIC_KEY to the verification key that SendGrid's settings show; or something on the way changes the body`;
const TOO_OLD = `the signed time is older than ${KEY}.timestamp_window or more than an hour ahead: check the clock`;
