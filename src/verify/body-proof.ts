import type { IncomingMessage } from 'node:http';
import type { Rejection } from '../rejection.ts';

/** A way to prove that a request with a body of JSON is its sender's. */
export interface BodyProof {
  /** Why the request is refused whatever its body may be, if its head shows that. */
  refusesHead(req: IncomingMessage): Rejection | undefined;
  /** Why the request is refused; `undefined` when it is its sender's, to the last byte of its body. */
  verifyBody(req: IncomingMessage, family: string, path: string, query: string, body: Buffer): Rejection | undefined;
}
