import type { Instruments } from '../../instrumentation/instruments.ts';
import type { ObservableKey } from '../../instrumentation/metrics.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { Lifecycle } from '../families/family.ts';
import { LIFECYCLES } from '../families/index.ts';
import type { BookRules } from '../ledger/book.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { windowMs } from '../ledger/open.ts';

/** When a family's records are overdue and when they are given up: the latter no later than the ledger remembers. */
function agesOf({ name }: Lifecycle, config: Config): { overdueMs: number; unresolvedMs: number } {
  const { overdue_after = 0, unresolved_after = 0 } = config.receivers.twilio.families[name] ?? {};
  return { overdueMs: overdue_after, unresolvedMs: Math.min(unresolved_after, windowMs(config)) };
}

/** What the ledger needs to keep the open book. */
export const booksOf = (config: Config): BookRules[] =>
  LIFECYCLES.map((life) => ({ ...life, unresolvedAfterMs: agesOf(life, config).unresolvedMs }));

/** Lets the gauges read the open book: what is in flight, and what of it is overdue, by phase. */
export function observeLifecycles(instruments: Instruments, config: Config, ledger: Ledger, clock: Clock): void {
  for (const life of LIFECYCLES) {
    const { overdueMs } = agesOf(life, config);
    const byPhase = (counts: readonly number[]) =>
      life.phases.map((phase, i) => [Math.max(0, counts[i] ?? 0), { phase }] as const);
    const observe = (metric: ObservableKey, read: () => readonly number[]) =>
      instruments.observe(metric, (() => byPhase(read())) as never);
    observe(life.inFlight, () => ledger.book.count(life.name));
    observe(life.overdue, () => ledger.book.count(life.name, Math.min(clock.nowMs(), clock.wallMs()) - overdueMs));
  }
}
