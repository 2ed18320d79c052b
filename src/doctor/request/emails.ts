import { systemClock } from '../../clock.ts';
import type { Config } from '../../config/schema.ts';
import { SENDGRID_SIGNATURE, SendGridVerifier } from '../../verify/sendgrid.ts';
import { sendgridKeysOf } from '../../wiring/verification.ts';
import { type Finding, ok, problem, type Said, warning } from '../finding.ts';
import type { SentRequest } from './sent.ts';

/** True for a batch of SendGrid, or what stands for one: it is signed in another way than Twilio's own requests. */
export const isOfSendGrid = ({ receivers: { twilio } }: Config, { headers, path }: SentRequest): boolean =>
  headers.has(SENDGRID_SIGNATURE) || path === `${twilio.path}/sendgrid`;

/** Which key verifies a batch, or why none does. Nothing of the batch is told. */
export const examineEmails = (config: Config, sent: SentRequest): Finding[] =>
  [
    ...(sent.note ? [warning(sent.note, 'copy the request whole: a part of it cannot be verified')] : []),
    judgeEmails(config, sent),
  ].map((said) => ({ check: 'request', ...said }));

function judgeEmails({ receivers: { twilio } }: Config, { headers, body }: SentRequest): Said {
  const keys = sendgridKeysOf(twilio);
  if (keys.length === 0) {
    return problem(
      'it is of SendGrid, and there is no public key to verify it with: the path is 404',
      "set SENDGRID_PUBLIC_KEY to the verification key that SendGrid's settings show",
    );
  }
  // The file may have been saved long ago, so its age says nothing.
  const verifier = new SendGridVerifier({ keys, windowMs: Number.POSITIVE_INFINITY, clock: systemClock });
  const req = { headers: Object.fromEntries(headers) };
  const refusal = (bytes: Buffer) => verifier.verifyBody(req, '', '', '', bytes);
  const refused = refusal(body);
  if (!refused) {
    const at = [...verifier.verified.values()].indexOf(1) + 1;
    return ok(
      `its signature holds, with key ${at} of ${keys.length} in families.sendgrid.public_keys; the agent takes it for timestamp_window from the time that was signed`,
    );
  }
  if (refused.reason === 'signature_invalid' && formsOf(body).some((form) => !refusal(form))) {
    return problem(
      'body: its line ends were changed, or its JSON was written anew',
      'let nothing between SendGrid and the agent read and write the body anew',
    );
  }
  return problem(`${refused.reason}: ${refused.help}`, FIX);
}

const FIX =
  'compare SENDGRID_PUBLIC_KEY with the verification key of this very webhook (each has its own), and let no proxy drop or change the headers X-Twilio-Email-Event-Webhook-Signature and -Timestamp';

/** What the body may have been: SendGrid writes an event a line, and ends each by CR and LF. */
function formsOf(body: Buffer): Buffer[] {
  const text = body.toString();
  const lines = text.replaceAll(/\r?\n/g, '\r\n');
  return [lines, lines.trimEnd(), `${lines.trimEnd()}\r\n`, ...asWritten(text)].map((form) => Buffer.from(form));
}

function asWritten(text: string): string[] {
  let events: unknown;
  try {
    events = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(events)) return [];
  const written = `[${events.map((event) => JSON.stringify(event)).join(',\r\n')}]`;
  return [written, `${written}\r\n`];
}
