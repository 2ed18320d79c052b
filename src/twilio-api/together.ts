import type { Instruments, Reading } from '../../instrumentation/instruments.ts';
import type { ObservableKey } from '../../instrumentation/metrics.ts';

/** The same instruments for several readers: a gauge shows what each of them says, instead of the last one alone. */
export function together(instruments: Instruments): Instruments {
  const readers = new Map<ObservableKey, (() => Reading<ObservableKey> | undefined)[]>();
  return {
    ...instruments,
    observe(metric, read) {
      const all = readers.get(metric) ?? [];
      if (!readers.has(metric)) readers.set(metric, all);
      all.push(read as () => Reading<ObservableKey> | undefined);
      const readAll = () => all.flatMap((each) => pairs(each()));
      instruments.observe(metric, readAll as unknown as typeof read);
    },
  };
}

const pairs = (reading: Reading<ObservableKey> | undefined) =>
  typeof reading === 'number' ? [[reading, {}] as const] : [...(reading ?? [])];
