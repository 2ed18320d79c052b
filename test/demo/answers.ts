import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../e2e/support/process.ts';
import { type PrometheusServer, startPrometheus } from '../e2e/support/prometheus.ts';
import { promtool } from '../e2e/support/tools.ts';
import type { Scraped } from './story.ts';

/** A real Prometheus whose database has the scrapes, as if it had made them. */
export async function prometheusWith({ everyS, startS, series }: Scraped): Promise<PrometheusServer> {
  const folder = temporaryFolder();
  const file = join(folder, 'scraped.om');
  const lines = [...series].flatMap(([name, values]) =>
    values.flatMap((value, slot) => (value === undefined ? [] : [`${name} ${value} ${startS + slot * everyS}`])),
  );
  writeFileSync(file, `${lines.join('\n')}\n# EOF\n`);
  const { code, stderr } = await promtool(['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'tsdb')]);
  rmSync(file);
  if (code !== 0) throw new Error(stderr);
  return startPrometheus('scrape_configs: []\n', ['--storage.tsdb.retention.time=10y'], folder);
}

const ENDED = 'status=~"delivered|failed|undelivered"';

/** What somebody would ask who is called at night. */
export const QUESTIONS: readonly (readonly [question: string, promql: string])[] = [
  ['messages sent, a minute', 'sum(rate(twilio_message_callback_total{status="sent"}[5m])) * 60'],
  [
    'delivered, of those that ended',
    `sum(rate(twilio_message_callback_total{status="delivered"}[5m])) / sum(rate(twilio_message_callback_total{${ENDED}}[5m]))`,
  ],
  ['failed a minute', 'sum by (error_category) (rate(twilio_messages_failed_by_category_total[5m])) * 60 > 0.1'],
  [
    'seconds to deliver, 95th percentile',
    'histogram_quantile(0.95, sum by (le) (rate(twilio_message_delivery_duration_seconds_bucket[15m])))',
  ],
  [
    'calls failed, of those that ended',
    'sum(rate(twilio_calls_failed_total[5m])) / (sum(rate(twilio_calls_failed_total[5m])) + sum(rate(twilio_calls_completed_total[5m])))',
  ],
  [
    'sent to, in 20 minutes',
    'topk(4, sum by (country) (increase(twilio_message_callback_total{status="sent", country!=""}[20m])))',
  ],
  [
    'refused for their signature in 15 minutes',
    'sum(increase(twilio_agent_callbacks_total{outcome="signature_invalid"}[15m]))',
  ],
  ["in Twilio's error log in 15 minutes", 'sum by (error_category) (increase(twilio_debugger_errors_total[15m])) > 0'],
];

/** Each question with its answers, as text. */
export async function answersTo(
  prometheus: PrometheusServer,
  atS: number,
): Promise<[question: string, answer: string][]> {
  const told: [string, string][] = [];
  for (const [question, promql] of QUESTIONS) {
    const samples = await prometheus.query(promql, atS);
    const texts = samples
      .filter(({ value }) => !Number.isNaN(value))
      .map(({ labels, value }) => [...Object.values(labels), value.toFixed(2)].join(' '));
    told.push([question, texts.join(', ') || 'none']);
  }
  return told;
}
