import { add, type Increment } from '../../instrumentation/increments.ts';
import type { LabelsOf } from '../../instrumentation/metrics.ts';
import { errorCategory } from '../../instrumentation/sets/error-codes.ts';
import { debuggerEntry } from '../families/counted.ts';
import { change } from '../families/family.ts';
import type { Change } from '../ledger/ledger.ts';
import { asObject, isObject, type JsonObject } from './reading/json-fields.ts';

export type Product = LabelsOf<'debuggerErrors'>['product'];

/** An entry of Twilio's error log, on whichever road it came. */
export interface Entry {
  /** `NO` and 32 hex digits. */
  readonly sid: string;
  readonly level: string;
  readonly code: string | undefined;
  readonly payload: JsonObject;
  /** What the entry is about, where its payload does not say it. */
  readonly sids?: readonly unknown[];
}

/** The payload of an entry: what is broken in it makes the entry no less of an error. */
export function payloadOf(payload: unknown): JsonObject {
  try {
    return asObject(payload, 'payload');
  } catch {
    return {};
  }
}

/** What an entry counts; nothing where its level is neither an error nor a warning. */
export function entryChange(entry: Entry, isOwnUrl: (url: string) => boolean): Change | undefined {
  const code = entry.code ?? codeOf(entry.payload);
  const labels = { error_category: errorCategory(code ?? ''), product: productOf({ ...entry, code }, isOwnUrl) };
  const increment = counted(entry.level.toLowerCase(), labels);
  return increment && change(debuggerEntry, { identity: entry.sid, increments: [increment] });
}

function counted(level: string, labels: LabelsOf<'debuggerErrors'>): Increment | undefined {
  if (level === 'error') return add('debuggerErrors', labels);
  return level === 'warning' ? add('debuggerWarnings', labels) : undefined;
}

/** What a resource is of, by the first letters of its SID. What several products have is in no list. */
const SIDS_OF: Readonly<Partial<Record<Product, string>>> = {
  messaging: 'SM MM MG HX BN QE CM SC ME',
  voice: 'CA CF RE TR CP MZ SR GT QU SD TK',
  video: 'RM PA RT MT CJ',
  verify: 'VE VA VL YF YE YC',
  taskrouter: 'WT WS WK WQ WW WA WR TC',
  studio: 'FW FN FT',
  conversations: 'CH IM MB DY US',
  sync: 'ET ES MP TO',
  functions: 'ZS ZB ZN ZE ZH ZD ZM ZF',
  event_streams: 'DG DF',
};
const BY_SID = new Map(
  Object.entries(SIDS_OF).flatMap(([product, sids]) => sids.split(' ').map((sid) => [sid, product as Product])),
);

/** The same by the code, where no resource is named. https://www.twilio.com/docs/api/errors */
const BY_CODE: readonly (readonly [from: number, to: number, product: Product])[] = [
  [12000, 13999, 'voice'],
  [14000, 14199, 'messaging'],
  [14200, 14219, 'voice'],
  [14220, 14299, 'taskrouter'],
  [15000, 17599, 'voice'],
  [21200, 21299, 'voice'],
  [21600, 21799, 'messaging'],
  [21900, 21999, 'messaging'],
  [30001, 30999, 'messaging'],
  [31000, 32999, 'voice'],
  [35111, 36009, 'messaging'],
  [40000, 40999, 'taskrouter'],
  [50000, 50999, 'conversations'],
  [53000, 53999, 'video'],
  [54000, 54999, 'sync'],
  [60200, 60599, 'verify'],
  [63000, 63999, 'messaging'],
  [64000, 64999, 'voice'],
  [68000, 68999, 'verify'],
  [81000, 81999, 'studio'],
  [82000, 82999, 'functions'],
  [91000, 91399, 'event_streams'],
  [93100, 93104, 'event_streams'],
];

function productOf({ code, payload, sids = [] }: Entry, isOwnUrl: (url: string) => boolean): Product {
  if (urlsOf(payload).some(isOwnUrl)) return 'this_agent';
  for (const sid of [payload['resource_sid'], payload['service_sid'], ...sids]) {
    const product = typeof sid === 'string' ? BY_SID.get(sid.slice(0, 2)) : undefined;
    if (product) return product;
  }
  const number = Number(code);
  return BY_CODE.find(([from, to]) => number >= from && number <= to)?.[2] ?? 'other';
}

/** The code, where it stands in the payload alone. */
function codeOf({ error_code, more_info: info }: JsonObject): string | undefined {
  const code = error_code ?? (isObject(info) ? info['ErrorCode'] : undefined);
  return typeof code === 'string' || typeof code === 'number' ? String(code) : undefined;
}

/** The URLs that an entry is about. */
function urlsOf({ more_info: info, webhook }: JsonObject): string[] {
  const request = isObject(webhook) ? webhook['request'] : undefined;
  const urls = [isObject(info) ? info['url'] : undefined, isObject(request) ? request['url'] : undefined];
  return urls.filter((url) => typeof url === 'string');
}
