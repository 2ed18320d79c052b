import type { IncomingMessage } from 'node:http';
import { verifyForm } from '../receive/callback.ts';
import { type CallbackRoom, rawQuery } from '../receive/room.ts';
import { Rejection } from '../rejection.ts';
import type { Verified } from '../verify/verifier.ts';

const FORM = /^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i;

/** True for a request whose parameters are signed; of another body its hash is. */
const isForm = ({ method, headers }: IncomingMessage): boolean => {
  const type = headers['content-type'];
  return method === 'GET' || type === undefined || FORM.test(type);
};

/** The most bytes that must be read to verify a request. */
export const provableSize = (req: IncomingMessage, { limits }: CallbackRoom): number =>
  isForm(req) ? limits.max_body_size : limits.max_json_body_size;

/**
 * Whether a request is Twilio's, whatever is in it: what was verified of a form, nothing of another body, or why it is
 * refused. The bytes of a form are overwritten.
 */
export function prove(
  req: IncomingMessage,
  family: string,
  path: string,
  body: Buffer,
  room: CallbackRoom,
): Verified | Rejection | undefined {
  try {
    if (isForm(req)) return verifyForm(req, family, path, body, room);
    return room.verifier.verifyBody(req, family, path, rawQuery(req.url ?? ''), body);
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
}
