import { NOTHING_REQUESTED, type Requested } from '../../instrumentation/requested.ts';

/** What labels are read from: the values that were told, by name. */
export interface Sent {
  peek(name: string): string | undefined;
}

/** Under which names a feed sends what labels are read from. */
export interface MessageNames {
  readonly sid: string;
  readonly from: string;
  readonly to: string;
  readonly account: string;
  readonly service: string;
  /** The carrier, where the feed tells it. https://en.wikipedia.org/wiki/Mobile_country_code */
  readonly mcc?: string;
  readonly mnc?: string;
}

/** Reads the labels that a user asked for. Throws nothing: a label that cannot be read is no reason to refuse a callback. */
export interface Labeler {
  message(fields: Sent, names: MessageNames, direction: 'inbound' | 'outbound'): Requested;
  call(fields: Sent): Requested;
}

/** Where nobody asked for any. */
export const NO_LABELER: Labeler = { message: () => NOTHING_REQUESTED, call: () => NOTHING_REQUESTED };
