import { errorCategory } from '../../instrumentation/error-codes.ts';
import { add, type Increment } from '../../instrumentation/increments.ts';
import type { LabelsOf } from '../../instrumentation/metrics.ts';
import { debuggerEntry } from '../families/counted.ts';
import { change } from '../families/family.ts';
import type { Change } from '../ledger/ledger.ts';
import { isObject, type JsonObject } from './json-fields.ts';

export type Product = LabelsOf<'debuggerErrors'>['product'];

/** An entry of Twilio's error log, on whichever road it came. */
export interface Entry {
  /** `NO` and 32 hex digits. */
  readonly sid: string;
  readonly level: string;
  readonly code: string | undefined;
  readonly payload: JsonObject;
}

/** What an entry counts; nothing where its level is neither an error nor a warning. */
export function entryChange(entry: Entry, isOwnUrl: (url: string) => boolean): Change | undefined {
  const labels = { error_category: errorCategory(entry.code ?? ''), product: productOf(entry, isOwnUrl) };
  const increment = counted(entry.level.toLowerCase(), labels);
  return increment && change(debuggerEntry, { identity: entry.sid, increments: [increment] });
}

function counted(level: string, labels: LabelsOf<'debuggerErrors'>): Increment | undefined {
  if (level === 'error') return add('debuggerErrors', labels);
  return level === 'warning' ? add('debuggerWarnings', labels) : undefined;
}

/** What a resource is of, by the first letters of its SID. */
const BY_SID: Readonly<Record<string, Product>> = {
  SM: 'messaging',
  MM: 'messaging',
  MG: 'messaging',
  CA: 'voice',
  CF: 'voice',
  RE: 'voice',
  RM: 'video',
  RT: 'video',
  VE: 'verify',
  VA: 'verify',
  WT: 'taskrouter',
  WS: 'taskrouter',
  FW: 'studio',
  FN: 'studio',
  CH: 'conversations',
  IM: 'conversations',
  ET: 'sync',
  ZS: 'functions',
  DG: 'event_streams',
};

/** The same by the code, where no resource is named. https://www.twilio.com/docs/api/errors */
const BY_CODE: readonly (readonly [from: number, to: number, product: Product])[] = [
  [11200, 11999, 'other'],
  [12000, 13999, 'voice'],
  [14000, 14999, 'messaging'],
  [21600, 21799, 'messaging'],
  [30001, 30999, 'messaging'],
  [31000, 32999, 'voice'],
  [40000, 49999, 'taskrouter'],
  [50000, 52399, 'conversations'],
  [53000, 53999, 'video'],
  [54000, 54999, 'sync'],
  [60200, 60599, 'verify'],
  [63000, 63999, 'messaging'],
  [82000, 82999, 'functions'],
  [91300, 93199, 'event_streams'],
];

function productOf({ code, payload }: Entry, isOwnUrl: (url: string) => boolean): Product {
  if (urlsOf(payload).some(isOwnUrl)) return 'this_agent';
  const sid = payload['resource_sid'];
  const bySid = typeof sid === 'string' ? BY_SID[sid.slice(0, 2)] : undefined;
  if (bySid) return bySid;
  const number = Number(code);
  return BY_CODE.find(([from, to]) => number >= from && number <= to)?.[2] ?? 'other';
}

/** The URLs that an entry is about. */
function urlsOf({ more_info: info, webhook }: JsonObject): string[] {
  const request = isObject(webhook) ? webhook['request'] : undefined;
  const urls = [isObject(info) ? info['url'] : undefined, isObject(request) ? request['url'] : undefined];
  return urls.filter((url) => typeof url === 'string');
}
