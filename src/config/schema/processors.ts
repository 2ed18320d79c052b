import { z } from 'zod';
import { METRICS } from '../../../instrumentation/metrics.ts';
import { prometheusName } from '../../../instrumentation/names.ts';
import { MAX_LABEL_LENGTH, OTHER, UNKNOWN } from '../../../instrumentation/requested.ts';
import { count, flag } from '../values.ts';
import { FACTS } from './facts.ts';
import { section } from './section.ts';

/** A name that stands in a label, on a page and in a record of the ledger. */
const NAME = new RegExp(`^[A-Za-z0-9](?:[A-Za-z0-9 ._/:-]{0,${MAX_LABEL_LENGTH - 2}}[A-Za-z0-9])?$`);
/** A label shows neither a SID nor a number, also where a user names something by it. */
const TELLTALE = /[A-Z]{2}[0-9a-f]{32}|\d{10}/i;
const MOST_NAMES = 1_000;

/** Names of the user's for SIDs: what a label says of a resource that has a name. */
const names = (prefix: string) =>
  z
    .union([z.record(z.string(), z.union([z.string(), z.number()])), z.literal('')], {
      error: `must be a map of names, such as ${prefix}...: otp`,
    })
    .nullable()
    .default({})
    .transform(
      (given): Record<string, string> =>
        Object.fromEntries(Object.entries(given || {}).map(([sid, name]) => [sid, String(name)])),
    )
    .superRefine((given, context) => {
      const problem = (message: string, path: string[] = []) =>
        context.addIssue({ code: 'custom', message, path, input: given });
      const entries = Object.entries(given);
      if (entries.length > MOST_NAMES) problem(`may hold ${MOST_NAMES} names`);
      for (const [i, [sid, name]] of entries.entries()) {
        if (!new RegExp(`^${prefix}[0-9a-f]{32}$`).test(sid)) {
          problem(`must have SIDs as its keys: ${prefix} and 32 lower-case hex digits (entry ${i + 1})`);
        }
        if (!NAME.test(name) || name === OTHER || name === UNKNOWN) {
          problem(
            `must name each with 1 to ${MAX_LABEL_LENGTH} letters, digits, spaces or . _ / : - and not with other or unknown (entry ${i + 1})`,
          );
        }
        if (TELLTALE.test(name)) {
          problem(`must not name one with a SID or a number (entry ${i + 1}): a label shows neither`);
        }
        if (entries.findIndex(([, same]) => same === name) < i) {
          problem(`gives one name to two SIDs (entry ${i + 1}): they could not be told apart`);
        }
      }
    })
    .register(FACTS, { type: 'map', fallback: '', bounds: `\`${prefix}...: name\`` });

const labels = section({
  country: flag(false).describe(
    'The country of the other party, read from its number: ISO 3166-1 alpha-2. The number goes no further.',
  ),
  channel: flag(false).describe('`sms`, `mms`, `whatsapp`, `rcs`, `messenger`; of calls `phone`, `sip`, `client`.'),
  direction: flag(false).describe('`inbound` or `outbound`.'),
  sender: flag(false).describe('`long_code`, `short_code`, `toll_free` or `alphanumeric`.'),
  carrier: flag(false).describe('The carrier as `mcc-mnc`, which Event Streams alone tells.'),
  messaging_service: names('MG').describe('Names for messaging services; the label is on when there is one.'),
  account: names('AC').describe('Names for accounts; the label is on when there is one.'),
  max_series: count(2_000, { min: 1, max: 100_000 }).describe(
    `The most series of one metric. Beyond it the labels that were asked for say \`other\`, and \`${prometheusName(METRICS.labelOverflow)}\` counts.`,
  ),
  max_carriers: count(200, { min: 1, max: 10_000 }).describe('The most carriers that are named: the first ones seen.'),
}).describe(
  'Labels by which the message and call counters and durations are told apart. On where `service.pipelines.metrics.processors` names it. What is outside a set is `other`, what Twilio did not say `unknown`.',
);

export const processors = section({ labels });
