import { dashboard } from './dashboard.ts';
import { graph, list, statPanel } from './panels.ts';
import { grown, perMinute, series } from './series.ts';

const BALANCE = series('accountBalance');
const balance = `max by (account, currency) (${BALANCE})`;
/** As the rule job:twilio_account_burn:per_hour6h has it: falls alone, in steps of 5 minutes. */
const burnPerHour = `max by (account, currency) (avg_over_time(clamp_min(${BALANCE} offset 5m - ${BALANCE}, 0)[6h:5m]) * 12)`;
const age = `max by (account, operation) (time() - ${series('apiLastSuccess')})`;
const price = (total: boolean) => series('usagePrice', { category: total ? 'totalprice' : { not: ['totalprice'] } });

export const cost = dashboard({
  uid: 'twilio-cost',
  title: 'Twilio / Cost and API',
  description: "How long does the money last, what does today cost, and does Twilio's REST API answer?",
  rows: [
    [
      'Money',
      [
        statPanel({
          title: 'Balance',
          description: 'What is left in the account. At 0 Twilio refuses messages and calls.',
          expr: balance,
          legend: '{{account}} {{currency}}',
          unit: 'short',
          width: 6,
          thresholds: [
            ['red', null],
            ['green', 20],
          ],
        }),
        statPanel({
          title: 'Hours left',
          description:
            'How long the balance lasts at the spending of the last six hours. Empty when nothing was spent.',
          expr: `${balance} / (${burnPerHour} > 0)`,
          legend: '{{account}} {{currency}}',
          unit: 'short',
          width: 6,
          thresholds: [
            ['red', null],
            ['yellow', 24],
            ['green', 72],
          ],
        }),
        statPanel({
          title: 'Spent today',
          description: 'The price of all usage since 00:00 UTC, subaccounts included.',
          expr: `max by (account, currency) (${price(true)})`,
          legend: '{{account}} {{currency}}',
          unit: 'short',
          width: 6,
        }),
        statPanel({
          title: 'Spending per hour',
          description:
            'How much the balance fell per hour, over the last six hours. A top-up is not negative spending.',
          expr: burnPerHour,
          legend: '{{account}} {{currency}}',
          unit: 'short',
          width: 6,
        }),
        graph({
          title: 'Balance over time',
          description: 'The balance of the account. A gap means that it could not be read for three intervals.',
          expr: balance,
          legend: '{{account}} {{currency}}',
          unit: 'short',
          width: 12,
        }),
        graph({
          title: 'Price of today over time',
          description:
            'The price of the ten dearest categories; each starts over at 00:00 UTC. Categories overlap: sms holds sms-outbound.',
          expr: `topk(10, max by (account, category, currency) (${price(false)}) > 0)`,
          legend: '{{account}} {{category}} {{currency}}',
          unit: 'short',
          width: 12,
        }),
        list({
          title: 'Price of today by category',
          description:
            "Twilio's usage categories that cost something since 00:00 UTC. They overlap: do not add them up.",
          expr: `topk(30, max by (account, category, currency) (${price(false)}) > 0)`,
          unit: 'short',
          width: 12,
        }),
        list({
          title: 'Usage of today by category',
          description: "Twilio's usage categories that were used since 00:00 UTC, in the unit of each.",
          expr: `max by (account, category, usage_unit) (${series('usageAmount')}) > 0`,
          unit: 'short',
          width: 12,
        }),
      ],
    ],
    [
      "Twilio's REST API",
      [
        statPanel({
          title: 'API',
          description: 'Whether the last request of every operation gave what it was asked for.',
          expr: `min(${series('apiUp')})`,
          unit: 'short',
          width: 6,
          words: ['answers', 'fails'],
        }),
        statPanel({
          title: 'Failed requests',
          description:
            "Requests to Twilio's REST API that gave nothing, in the chosen time range. The log names the reason.",
          expr: grown(series('apiErrors')),
          unit: 'short',
          width: 6,
          thresholds: [
            ['green', null],
            ['red', 1],
          ],
        }),
        statPanel({
          title: 'Oldest success',
          description: 'How long ago the operation that waits longest last succeeded.',
          expr: `max(${age})`,
          unit: 's',
          width: 6,
        }),
        statPanel({
          title: 'Figures not exported',
          description:
            'Figures that are no number or currency, or are over the series budget, in the chosen time range.',
          expr: grown(series('apiRecordsSkipped')),
          unit: 'short',
          width: 6,
        }),
        graph({
          title: 'Failed requests by operation',
          description: "Requests to Twilio's REST API that failed, per minute.",
          expr: perMinute(series('apiErrors'), 'operation'),
          legend: '{{operation}}',
          unit: 'cpm',
          width: 8,
        }),
        graph({
          title: 'Answer time of the API, 95th percentile',
          description:
            "How long Twilio's REST API takes to answer, failed requests included, over the last hour: requests are minutes apart.",
          expr: `histogram_quantile(0.95, sum by (le, operation) (rate(${series('apiRequestDuration', {}, '_bucket')}[1h])))`,
          legend: '{{operation}}',
          unit: 's',
          width: 8,
        }),
        graph({
          title: 'Age of the figures',
          description: 'Time since an operation last succeeded. After three intervals its figures disappear.',
          expr: age,
          legend: '{{account}} {{operation}}',
          unit: 's',
          width: 8,
        }),
      ],
    ],
  ],
});
