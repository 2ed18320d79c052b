import type { MetricKey } from '../../instrumentation/metrics.ts';
import type { LedgerRecord } from '../ledger/record.ts';
import { call } from './call.ts';
import type { Family } from './family.ts';
import { message } from './message.ts';

/** Every family, whatever its events are. */
export const FAMILIES: readonly Pick<Family<never>, 'name' | 'recount'>[] = [message, call];

/** What a record of the ledger added to the totals; its key begins with the family's name. */
export function recount(key: string, record: LedgerRecord): Partial<Record<MetricKey, number>> {
  const family = FAMILIES.find(({ name }) => key.startsWith(`${name}:`));
  return family?.recount(record) ?? {};
}
