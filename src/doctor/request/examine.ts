import type { Config } from '../../config/schema.ts';
import { Rejection } from '../../rejection.ts';
import { type Finding, problem, type Said } from '../finding.ts';
import { examineEmails, isOfSendGrid } from './emails.ts';
import { judge } from './judge.ts';
import { parseRequest } from './parse.ts';
import { verdict } from './verdict.ts';

const SIGNATURE = 'x-twilio-signature';
/** The lengths of SHA-1 and SHA-256 in base64. */
const LENGTHS = [28, 44];

/** Why a request is refused, by its signature. Throws `Unreadable` where the file holds no request. */
export function examineRequest(config: Config, file: Buffer): Finding[] {
  const sent = parseRequest(file);
  if (isOfSendGrid(config, sent)) return examineEmails(config, sent);
  const signature = sent.headers.get(SIGNATURE);
  const wrong = signature === undefined ? undefined : cut(signature);
  if (signature === undefined || wrong) return [{ check: 'request', ...(wrong ?? missing()) }];
  try {
    return verdict(config, sent, judge(config, sent, signature));
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return [
      {
        check: 'request',
        ...problem(`${error.reason}: ${error.help}`, 'copy the body as it came, percent signs and all'),
      },
    ];
  }
}

const missing = (): Said =>
  problem('it carries no X-Twilio-Signature', 'let the proxy pass that header on; without it, it is not from Twilio');

function cut(signature: string): Said | undefined {
  if (LENGTHS.includes(signature.length) && /^[A-Za-z0-9+/]+={0,2}$/.test(signature)) return undefined;
  return problem(
    'its X-Twilio-Signature is no signature: it was cut or changed',
    'copy the header whole, or let the proxy pass it on as it came',
  );
}
