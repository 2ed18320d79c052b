import { observe } from '../../instrumentation/increments.ts';
import type { Instruments } from '../../instrumentation/instruments.ts';
import { createTelemetry } from '../../instrumentation/provider.ts';
import { createResource } from '../../instrumentation/resource.ts';
import { type Base, withEmptyHistograms } from '../../instrumentation/totals.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { inherit } from '../families/index.ts';
import type { Labeler } from '../feeds/labeler.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openLedger } from '../ledger/open.ts';
import type { EventLog, Logger } from '../log.ts';
import { VERSION } from '../version.ts';
import { ErrorCodeInfo } from './error-code-info.ts';
import { createExports } from './export.ts';
import { labelerOf, maxSeries, shownProcessors } from './labels.ts';
import { booksOf, observeLifecycles } from './lifecycles.ts';
import { suppliedValues } from './supplied.ts';

const FLUSH_TIMEOUT_MS = 4_500;

export interface CountingOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly events: EventLog;
  /** Made-up counts of a trial must not stay when the real token comes. */
  readonly trial: boolean;
  /** Moves a ledger that cannot be used aside, and begins at zero. */
  readonly recreate: boolean;
}

/** What counts durably and shows it: the ledger, the instruments that follow it, and the ways out. */
export interface Counting {
  readonly ledger: Ledger;
  readonly instruments: Instruments;
  /** Reads the labels that were asked for. */
  readonly labeler: Labeler;
  readonly scrape: Awaited<ReturnType<typeof createExports>>['scrape'];
  /** What became of the last push of each exporter that did not take it all. */
  readonly exportFailures: ReadonlyMap<string, string>;
  /** Pushes what is left, then closes the readers. The ledger must be closed before, or its last counts are not pushed. */
  shutdown(timeoutMs?: number): Promise<void>;
}

/** Opens the ledger and lets instruments and exporters follow it. Rejects with a `StorageError` where it cannot be used. */
export async function openCounting({ config, events, ...rest }: CountingOptions): Promise<Counting> {
  // The ledger is opened before the instruments, because these begin with its totals; until then it counts nothing.
  let instruments: Instruments | undefined;
  const info = new ErrorCodeInfo();
  const ledger = await openLedger({
    config,
    ...rest,
    books: booksOf(config),
    maxSeries: maxSeries(config),
    inherit,
    onCommit(increments) {
      info.count(increments);
      instruments?.record(increments);
    },
    onReopen(base) {
      info.restore(base);
      instruments?.revive(base);
    },
    onBatch: (durationMs, changes) =>
      instruments?.record([observe('ledgerCommitDuration', durationMs / 1_000), observe('ledgerBatchSize', changes)]),
  });
  const kept = keptBase(ledger);
  const base = (): Base =>
    instruments ? { ...kept(), gauges: instruments.gauges, histograms: instruments.histograms } : kept();
  const exports = await createExports(config, { base, instruments: () => instruments, clock: rest.clock, events });
  const { service_name: serviceName, attributes } = config.service.telemetry.resource;
  const telemetry = createTelemetry(
    createResource({ serviceName, attributes, version: VERSION, instanceId: ledger.instanceId }),
    exports.readers,
    suppliedValues(exports.pushes.map(({ id }) => id)),
    exports.hurry,
  );
  instruments = telemetry.instruments;
  instruments.revive(ledger.base);
  for (const name of shownProcessors(config)) instruments.show(name);
  observeLifecycles(instruments, config, ledger, rest.clock);
  info.restore(ledger.base);
  instruments.observe('errorCodeInfo', () => info.read());
  exports.observe(instruments);
  return {
    ledger,
    instruments,
    labeler: await labelerOf(config, ledger.base),
    scrape: exports.scrape,
    exportFailures: exports.failures,
    shutdown: (timeoutMs = FLUSH_TIMEOUT_MS) => telemetry.shutdown(timeoutMs),
  };
}

/** What the ledger held before this process, with the histograms that begin at 0: made again only when it was reopened. */
function keptBase(ledger: Ledger): () => Base {
  let from: Base | undefined;
  let made: Base;
  return () => {
    const { base } = ledger;
    if (base !== from) {
      from = base;
      made = { startTimeMs: base.startTimeMs, totals: withEmptyHistograms(base.totals) };
    }
    return made;
  };
}
