import {
  NOTHING_REQUESTED,
  OTHER,
  type Requested,
  type RequestedLabel,
  UNKNOWN,
} from '../../instrumentation/requested.ts';
import type { Labeler, MessageNames, Sent } from '../feeds/labeler.ts';
import { type Address, callChannel, messageChannel, readAddress } from './address.ts';
import type { Carriers } from './carriers.ts';
import { Combinations } from './combinations.ts';
import type { Numbers } from './numbers.ts';

type Direction = 'inbound' | 'outbound' | 'other' | 'unknown';

/** What is known of one message or call when its labels are read. Each is read only if a label asks for it. */
interface Told {
  readonly fields: Sent;
  readonly names: MessageNames;
  readonly direction: Direction;
  readonly from: Address | undefined;
  /** The side that is not the account's. */
  readonly other: Address | undefined;
}

type Read = (told: Told) => string;

/** The configuration of `processors.labels`, as far as it says what is read. */
export interface LabelChoice {
  readonly country: boolean;
  readonly channel: boolean;
  readonly direction: boolean;
  readonly sender: boolean;
  readonly carrier: boolean;
  /** Names by SID; empty where the label is off. */
  readonly messaging_service: Readonly<Record<string, string>>;
  readonly account: Readonly<Record<string, string>>;
}

const CALL_NAMES: MessageNames = { sid: 'CallSid', from: 'From', to: 'To', account: 'AccountSid', service: '' };
const DIRECTION = 'Direction';
/** A SID's first letters tell a picture message from a text. https://www.twilio.com/docs/glossary/what-is-a-sid */
const CHANNEL_OF_SID: Readonly<Record<string, string>> = { SM: 'sms', MM: 'mms' };

/** Reads the labels that a configuration asks for. */
export function createLabeler(choice: LabelChoice, numbers: Numbers, carriers: Carriers): Labeler {
  const shared = chosen(choice, {
    country: ({ other }) => (other?.digits === undefined ? UNKNOWN : numbers.read(other.digits).country),
    direction: ({ direction }) => direction,
    sender: ({ from }) => senderOf(from, numbers),
    account: ({ fields, names }) => named(choice.account, fields.peek(names.account)),
  });
  const ofMessages: Readers = [
    ...shared,
    ...chosen(choice, {
      channel: ({ fields, names, from, other }) =>
        (other && messageChannel(other)) ?? (from && messageChannel(from)) ?? channelOfSid(fields.peek(names.sid)),
      carrier: ({ fields, names: { mcc = '', mnc = '' } }) => carriers.name(fields.peek(mcc), fields.peek(mnc)),
      messaging_service: ({ fields, names }) => named(choice.messaging_service, fields.peek(names.service)),
    }),
  ];
  const ofCalls: Readers = [
    ...shared,
    ...chosen(choice, { channel: ({ other }) => (other === undefined ? UNKNOWN : callChannel(other)) }),
  ];
  const readMessage = reading(ofMessages);
  const readCall = reading(ofCalls);
  return {
    message: readMessage,
    call: (fields) => readCall(fields, CALL_NAMES, directionOf(fields.peek(DIRECTION))),
  };
}

type Readers = readonly (readonly [label: RequestedLabel, read: Read])[];

/** Those of the readers whose label is asked for. */
const chosen = (choice: LabelChoice, readers: Partial<Record<RequestedLabel, Read>>): Readers =>
  (Object.entries(readers) as [RequestedLabel, Read][]).filter(([label]) => isChosen(choice[label]));

const isChosen = (given: LabelChoice[RequestedLabel]): boolean =>
  typeof given === 'boolean' ? given : Object.keys(given).length > 0;

function reading(readers: Readers) {
  const combinations = new Combinations(readers.map(([label]) => label));
  const reads = readers.map(([, read]) => read);
  return (fields: Sent, names: MessageNames, direction: Direction): Requested => {
    if (reads.length === 0) return NOTHING_REQUESTED;
    const from = addressOf(fields.peek(names.from));
    const to = addressOf(fields.peek(names.to));
    const told: Told = { fields, names, direction, from, other: direction === 'inbound' ? from : to };
    return combinations.of(reads.map((read) => read(told)));
  };
}

const addressOf = (text: string | undefined): Address | undefined =>
  text === undefined ? undefined : readAddress(text);

function senderOf(from: Address | undefined, numbers: Numbers): string {
  if (from === undefined || from.kind === 'withheld') return UNKNOWN;
  if (from.digits !== undefined) return numbers.read(from.digits).tollFree ? 'toll_free' : 'long_code';
  return from.kind ?? OTHER;
}

const channelOfSid = (sid: string | undefined): string => CHANNEL_OF_SID[(sid ?? '').slice(0, 2)] ?? OTHER;

const named = (names: Readonly<Record<string, string>>, sid: string | undefined): string =>
  sid === undefined ? UNKNOWN : Object.hasOwn(names, sid) ? names[sid]! : OTHER;

/** Calls of an elastic SIP trunk have words of their own. https://www.twilio.com/docs/voice/api/call-resource#call-properties */
function directionOf(text: string | undefined): Direction {
  if (text === undefined) return UNKNOWN;
  if (text === 'inbound' || text === 'trunking-originating') return 'inbound';
  return text.startsWith('outbound') || text === 'trunking-terminating' ? 'outbound' : OTHER;
}
