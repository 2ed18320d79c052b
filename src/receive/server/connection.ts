import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A connection, and what is known of its requests. */
export interface Connection extends Socket {
  /** The answer to the request whose head arrived last; let go with it, so that an idle connection holds nothing. */
  latest?: ServerResponse | undefined;
  /** Requests whose head has arrived and whose answer is not sent. */
  open?: number;
  /** How much had arrived when the last answer was sent: what came since begins another request. */
  bytesAnswered?: number;
  /** The last answer closes the connection: whatever was sent behind its request is answered by nobody. */
  closing?: boolean;
  /** Requests that were sent when nobody would answer them any more. */
  dropped?: number;
  /** Set once what arrives cannot be understood any more; called when every earlier request is answered. */
  onAnswered?: () => void;
}

/** So many bytes may be empty lines before a request line, which mean nothing. RFC 9112, 2.2 */
export const NO_HEAD = 4;

/** How much of a request has arrived that has no complete head yet. */
const begun = ({ bytesRead, bytesAnswered = 0 }: Connection): number => bytesRead - bytesAnswered;

/** True for a connection that waits for a request of which nothing was read. */
export const isIdle = (socket: Connection): boolean => waits(socket) && begun(socket) <= NO_HEAD;

/** True for a connection of which half a head was read. */
export const hasHalfHead = (socket: Connection): boolean => waits(socket) && begun(socket) > NO_HEAD;

const waits = ({ open, latest, closing, onAnswered }: Connection): boolean =>
  !open && !latest && !closing && !onAnswered;

/** Follows the requests of a connection: this one is its last so far. */
export function follow(socket: Connection, res: ServerResponse): void {
  socket.latest = res;
  socket.open = (socket.open ?? 0) + 1;
  // Not `once`: a response closes once anyway, and the wrapper would be made for each.
  res.on('close', answered);
}

/** Lets go of a request that another answer is given to. */
export function unfollow(socket: Connection, res: ServerResponse): void {
  res.removeListener('close', answered);
  socket.open = (socket.open ?? 1) - 1;
}

function answered(this: ServerResponse): void {
  const socket = this.req.socket as Connection;
  socket.open = (socket.open ?? 1) - 1;
  socket.bytesAnswered = socket.bytesRead;
  if (socket.latest === this && this.req.complete) socket.latest = undefined;
  if (socket.open === 0) socket.onAnswered?.();
}
