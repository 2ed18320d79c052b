import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { ADVICE } from '../../instrumentation/sets/error-codes/advice.ts';
import { ERROR_CATEGORIES, type ErrorActor } from '../../instrumentation/sets/error-codes.ts';
import { graph, list, type PanelOf, pie } from './panels.ts';
import { grownFromNothing, perMinute, series } from './series.ts';

const WHO: Readonly<Record<ErrorActor, string>> = {
  sender: 'you: account, numbers, content',
  developer: 'you: application',
  recipient: 'the recipient',
  carrier: 'the carrier or channel',
  twilio: 'Twilio',
  unknown: 'not known',
};

/** Texts in the place of a label's values. */
const words = (texts: Readonly<Record<string, string>>): ValueMapping => ({
  type: MappingType.ValueToText,
  options: Object.fromEntries(Object.entries(texts).map(([value, text], index) => [value, { text, index }])),
});

/** A code without advice of its own. */
const elsewhere: ValueMapping = {
  type: MappingType.RegexToText,
  options: { pattern: '^\\d+$', result: { text: "see Twilio's page, or twilio-otel-agent explain" } },
};

const advice: readonly ValueMapping[] = [
  words({
    ...Object.fromEntries(ADVICE.map(([code, , , text]) => [code, text])),
    unknown: 'Twilio sent no code',
    other: 'newer than the agent: its log names the code, receivers.twilio.error_codes adds it',
  }),
  elsewhere,
];

const CODES = `(${grownFromNothing(series('messagesFailed'), 'error_code')} > 0)`;
const INFO = `max by (error_code, error_category, actor) (${series('errorCodeInfo')})`;
const EXPLAINED = `${CODES} * on (error_code) group_left (error_category, actor) ${INFO}`;

const CATEGORIES = Object.entries(ERROR_CATEGORIES)
  .map(([category, meaning]) => `${category}: ${meaning}`)
  .join('; ');

export const whyMessagesFail: readonly PanelOf[] = [
  graph({
    title: 'Failures by category',
    description: `Failed messages by the category of their error code, per minute. This sees the very first failure. ${CATEGORIES}.`,
    expr: `${perMinute(series('messagesFailedByCategory'), 'error_category')} > 0`,
    legend: '{{error_category}}',
    unit: 'cpm',
    width: 12,
  }),
  graph({
    title: 'Failures by error code over time',
    description:
      "Failed messages by Twilio's error code, per minute. A code's very first failure is not in it (its series begins there): the table counts it.",
    expr: `${perMinute(series('messagesFailed'), 'error_code')} > 0`,
    legend: '{{error_code}}',
    unit: 'cpm',
    width: 12,
  }),
  list({
    title: 'Failures by error code',
    description:
      "Failed messages by error code, what kind of failure it is, who can do something and what. Each code leads to Twilio's page about it.",
    expr: `sort_desc(label_replace(${EXPLAINED}, "advice", "$1", "error_code", "(.+)"))`,
    unit: 'short',
    width: 18,
    columns: [
      {
        label: 'error_code',
        title: 'Code',
        width: 90,
        link: { title: "Twilio's page", url: `https://www.twilio.com/docs/api/errors/\${__value.raw}` },
      },
      { label: 'Value', title: 'Count', width: 90 },
      { label: 'error_category', title: 'Category', width: 110 },
      { label: 'actor', title: 'Who can act', width: 220, mappings: [words(WHO)] },
      { label: 'advice', title: 'What to do', mappings: advice },
    ],
  }),
  pie({
    title: 'Who can act on failures',
    description:
      'Failed messages by who can do something: sender and developer are you, with the account and with the code.',
    expr: `sum by (actor) (${EXPLAINED})`,
    legend: '{{actor}}',
    unit: 'short',
    width: 6,
  }),
];
