import type { Twilio } from 'twilio';
import type { ApiOperation } from '../../../instrumentation/metrics.ts';
import { CALL_STATUSES, call } from '../../families/call.ts';
import { MESSAGE_STATUSES, message, withSentTime } from '../../families/message.ts';
import type { ErrorCodes } from '../../families/message-errors.ts';
import { reconciled } from '../../families/reconciled.ts';
import type { Labeler } from '../../feeds/labeler.ts';
import type { Change } from '../../ledger/ledger.ts';
import { count, sidOf, textOf, timeOf } from './values.ts';

/** One of the listed, as the client reads it. What is in it beside the named is never looked at. */
export type Listed = Readonly<Record<string, unknown>>;

export interface Page {
  readonly instances: readonly unknown[];
  readonly nextPageUrl?: string | undefined;
}

/** What is read of the listed besides. */
export interface Reading {
  readonly labeler: Labeler;
  readonly errorCodes: ErrorCodes;
  readonly backfill: boolean;
}

/** A list of Twilio's that is compared with the records of a family. Times bound both ends, which are included. */
export interface List {
  readonly family: 'message' | 'call';
  readonly operation: ApiOperation;
  first(client: Twilio, pageSize: number, fromMs: number, toMs: number): Promise<Page>;
  next(client: Twilio, url: string): Promise<Page>;
  /** By what Twilio orders and filters the list, where it is known. */
  timeOf(listed: Listed): number | undefined;
  /** What it changes; `undefined` where it has not ended, or no callback is due. */
  read(listed: Listed, reading: Reading): Change | undefined;
}

/** https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources */
const MESSAGES: List = {
  family: 'message',
  operation: 'ListMessage',
  first: (client, pageSize, fromMs, toMs) =>
    client.messages.page({ pageSize, dateSentAfter: new Date(fromMs), dateSentBefore: new Date(toMs) }),
  next: (client, url) => client.messages.getPage(url),
  timeOf: ({ dateSent }) => timeOf(dateSent),
  read(listed, { labeler, errorCodes, backfill }) {
    const sid = sidOf(listed['sid'], 'SM', 'MM');
    const status = ended(listed['status'], MESSAGE_ENDINGS);
    // Nobody is called back about a message that came in.
    if (sid === undefined || status === undefined || listed['direction'] === 'inbound') return undefined;
    const sentAtMs = timeOf(listed['dateSent']);
    const event = {
      sid,
      status,
      error: errorCodes.read(textOf(listed['errorCode'])),
      segments: undefined,
      at: timeOf(listed['dateUpdated']) ?? ('no_time' as const),
      labels: labeler.message(told(listed), NAMES, 'outbound'),
    };
    const before = (previous: Parameters<typeof withSentTime>[0]) =>
      status === 'delivered' && sentAtMs !== undefined ? withSentTime(previous, sentAtMs) : previous;
    return reconciled({ family: message, event, bit: MESSAGE_STATUSES.bit(status), before }, backfill);
  },
};

/** https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources */
const CALLS: List = {
  family: 'call',
  operation: 'ListCall',
  first: (client, pageSize, fromMs, toMs) =>
    client.calls.page({ pageSize, startTimeAfter: new Date(fromMs), startTimeBefore: new Date(toMs) }),
  next: (client, url) => client.calls.getPage(url),
  timeOf: ({ startTime }) => timeOf(startTime),
  read(listed, { labeler, backfill }) {
    const sid = sidOf(listed['sid'], 'CA');
    const status = ended(listed['status'], CALL_ENDINGS);
    if (sid === undefined || status === undefined) return undefined;
    const event = {
      sid,
      status,
      sipResponseCode: undefined,
      durationS: count(listed['duration']),
      at: timeOf(listed['endTime']) ?? ('no_time' as const),
      labels: labeler.call(told(listed)),
    };
    return reconciled({ family: call, event, bit: CALL_STATUSES.bit(status) }, backfill);
  },
};

export const LISTS: readonly List[] = [MESSAGES, CALLS];

/** `sent` is not among them: a carrier that gives no receipt leaves a message there for ever. */
const MESSAGE_ENDINGS = ['delivered', 'undelivered', 'failed', 'canceled', 'read'] as const;
const CALL_ENDINGS = ['completed', 'busy', 'no-answer', 'failed', 'canceled'] as const;

const ended = <S extends string>(given: unknown, endings: readonly S[]): S | undefined =>
  endings.find((ending) => ending === given);

/** Callbacks name the same values otherwise. */
const NAMES = { sid: 'MessageSid', from: 'From', to: 'To', account: 'AccountSid', service: 'MessagingServiceSid' };
const MEMBERS: Readonly<Record<string, string>> = {
  MessageSid: 'sid',
  CallSid: 'sid',
  From: 'from',
  To: 'to',
  AccountSid: 'accountSid',
  MessagingServiceSid: 'messagingServiceSid',
  Direction: 'direction',
};

const told = (listed: Listed) => ({ peek: (name: string) => textOf(listed[MEMBERS[name] ?? '']) });
