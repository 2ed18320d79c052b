import { seriesLabels } from '../../instrumentation/increments.ts';
import { METRIC_KEYS, row } from '../../instrumentation/metrics.ts';
import { OTHER, UNKNOWN } from '../../instrumentation/requested.ts';
import type { Base } from '../../instrumentation/totals.ts';
import type { Config } from '../config/schema.ts';
import { type Labeler, NO_LABELER } from '../feeds/labeler.ts';
import { Carriers } from '../labels/carriers.ts';
import { createLabeler } from '../labels/labeler.ts';
import { Numbers, type Parse } from '../labels/numbers.ts';

const NAME = 'labels';

/** What `processors.labels` says, where the pipeline names it. */
const labelsOf = ({ processors, service }: Config): Config['processors']['labels'] | undefined =>
  service.pipelines.metrics.processors.includes(NAME) ? processors.labels : undefined;

/** The most series that labels on request may bring a metric to; `undefined` where there are none. */
export const maxSeries = (config: Config): number | undefined => labelsOf(config)?.max_series;

/** What reads the labels that were asked for. The library for numbers loads where one of them needs it. */
export async function labelerOf(config: Config, base: Base): Promise<Labeler> {
  const choice = labelsOf(config);
  if (!choice) return NO_LABELER;
  const parse = choice.country || choice.sender ? await loadParse() : () => undefined;
  return createLabeler(choice, new Numbers(parse), new Carriers(choice.max_carriers, carriersIn(base)));
}

const loadParse = async (): Promise<Parse> => (await import('libphonenumber-js/max')).parsePhoneNumberFromString;

/** The carriers that have totals. */
function carriersIn({ totals }: Base): Set<string> {
  const carriers = new Set<string>();
  const rows = METRIC_KEYS.map(row).filter(({ takes }) => takes?.includes('carrier'));
  for (const id of totals.keys()) {
    for (const metric of rows) {
      const carrier = seriesLabels(id, metric)?.['carrier'];
      if (carrier !== undefined && carrier !== OTHER && carrier !== UNKNOWN) carriers.add(carrier);
    }
  }
  return carriers;
}

/** The name under which the zero series of what labels cost are shown. */
export const shownProcessors = (config: Config): string[] => (labelsOf(config) ? [NAME] : []);
