import type { Increment } from '../../instrumentation/increments.ts';
import type { MetricKey } from '../../instrumentation/metrics.ts';
import type { Total } from '../../instrumentation/totals.ts';
import { familyOf, type ShortKey } from '../ledger/keys.ts';
import type { LedgerRecord } from '../ledger/record.ts';
import { call } from './call.ts';
import { debuggerEntry, email, event, inbound, intelligence, verification, verifyMessage, webhook } from './counted.ts';
import { EVENT_FAMILIES } from './events.ts';
import type { Family, Lifecycle } from './family.ts';
import { message } from './message.ts';

/** Every family, whatever its events are. */
export const FAMILIES: readonly Pick<Family<never>, 'name' | 'recount' | 'inherit' | 'life'>[] = [
  message,
  call,
  inbound,
  event,
  verification,
  verifyMessage,
  webhook,
  debuggerEntry,
  email,
  intelligence,
  ...EVENT_FAMILIES.values(),
];

/** What a record of the ledger added to the totals. */
export function recount(key: ShortKey, record: LedgerRecord): Partial<Record<MetricKey, number>> {
  const name = familyOf(key);
  return FAMILIES.find((family) => family.name === name)?.recount(record) ?? {};
}

/** The families whose records begin and end. */
export const LIFECYCLES: readonly Lifecycle[] = FAMILIES.flatMap(({ name, life }) => (life ? [{ name, ...life }] : []));

/** What the totals of a ledger of an older version lack, of every family. */
export const inherit = (totals: ReadonlyMap<string, Total>): readonly Increment[] =>
  FAMILIES.flatMap((family) => family.inherit?.(totals) ?? []);
