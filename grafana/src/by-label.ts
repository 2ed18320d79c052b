import type { LabelsOf } from '../../instrumentation/metrics.ts';
import type { RequestedLabel } from '../../instrumentation/requested.ts';
import { comparison, type PanelOf } from './panels.ts';
import { grown, series, share } from './series.ts';

type Status = LabelsOf<'messageCallback'>['status'];
const SHOWN = { not: [''] } as const;

/** Messages by a label that is there on request: how many ended, how many of them arrived, and how long that took. */
const byLabel = (
  label: RequestedLabel & ('country' | 'messaging_service'),
  heading: string,
  question: string,
): PanelOf => {
  const ended = (...statuses: Status[]) =>
    grown(series('messageCallback', { status: statuses, [label]: SHOWN }), label);
  const all = ended('delivered', 'failed', 'undelivered');
  // Where nothing failed, or nothing arrived, there may be no series of it.
  const orNone = (count: string) => `(${count} or ${all} * 0)`;
  const took = series('messageDeliveryDuration', { [label]: SHOWN }, '_bucket');
  return comparison({
    title: `By ${heading.toLowerCase()}`,
    description: `${question} Messages that ended in the chosen time range, those of them that were delivered, and how long 95% of these took at most. Needs the label ${label}.`,
    width: 12,
    label,
    heading,
    measures: [
      { title: 'Ended', expr: `(${all} > 0)`, unit: 'short', width: 110 },
      {
        title: 'Delivered',
        expr: share(orNone(ended('delivered')), orNone(ended('failed', 'undelivered'))),
        unit: 'percentunit',
        width: 110,
      },
      {
        title: 'Delivered within, 95%',
        expr: `histogram_quantile(0.95, sum by (${label}, le) (increase(${took}[$__range])))`,
        unit: 's',
      },
    ],
    nothing: `No messages with this label. Switch it on: name labels in service.pipelines.metrics.processors and set processors.labels.${label}.`,
  });
};

export const whereMessagesGo: readonly PanelOf[] = [
  byLabel('country', 'Country', 'Where does delivery suffer?'),
  byLabel('messaging_service', 'Messaging service', 'Whose messages suffer?'),
];
