import type { IncomingMessage } from 'node:http';
import type { EventReading } from '../feeds/feed.ts';
import type { Form } from '../feeds/reading/form.ts';
import type { Rejection } from '../rejection.ts';

/** What `doctor` asks about: SIDs that Twilio gives to nothing, one for each feed that it may ask at. */
export const PROBE_SIDS = { message: `SM${'0'.repeat(32)}`, call: `CA${'0'.repeat(32)}` } as const;

const NAMES = { message: 'MessageSid', call: 'CallSid' } as const;
export type ProbedFeed = keyof typeof PROBE_SIDS;
export const probedName = (feed: ProbedFeed): string => NAMES[feed];

/** The header of the answer in which the agent says how the request arrived. */
export const SAW = 'x-twilio-otel-agent-saw';

/** How a request arrived: what a proxy may have changed of what its sender wrote. */
export interface Saw {
  readonly version: string;
  readonly tls: boolean;
  readonly host: string;
  /** The path and the query. */
  readonly target: string;
  /** The scheme that a proxy says the sender used; empty where none says so. */
  readonly proto: string;
}

/** Longer targets are cut: proxies take headers of a few KiB only. */
const LONGEST = 512;

/**
 * What is read of the doctor's question: nothing that counts. It has a status of its own for no agent, so that also one
 * that does not know of such questions refuses it and counts nothing of Twilio's. That it was signed is for the caller
 * to know: who asks holds the token.
 */
export function readProbe(form: Form, { reason }: Rejection): EventReading | undefined {
  if (reason !== 'missing_field') return undefined;
  const asked = (feed: ProbedFeed) => form.peek(NAMES[feed]) === PROBE_SIDS[feed];
  return asked('message') || asked('call') ? PROBED : undefined;
}

const PROBED: EventReading = { changes: [], ignored: true };
export const isProbed = (reading: EventReading): boolean => reading === PROBED;

/** The value of the header. It tells the sender what the sender itself, or what stands between, has sent. */
export function saw({ headers, url = '', socket }: IncomingMessage, version: string): string {
  const proto = headers['x-forwarded-proto'];
  const told: Saw = {
    version,
    tls: 'encrypted' in socket,
    host: (headers.host ?? '').slice(0, LONGEST),
    target: url.slice(0, LONGEST),
    proto: (Array.isArray(proto) ? (proto[0] ?? '') : (proto ?? '')).slice(0, LONGEST),
  };
  return Buffer.from(JSON.stringify(told)).toString('base64url');
}

/** What the header of an answer says; nothing where it is none of an agent's. */
export function readSaw(header: unknown): Saw | undefined {
  if (typeof header !== 'string') return undefined;
  try {
    const told = JSON.parse(Buffer.from(header, 'base64url').toString()) as Saw;
    return typeof told.target === 'string' && typeof told.host === 'string' ? told : undefined;
  } catch {
    return undefined;
  }
}
