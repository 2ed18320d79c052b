import type { LabelsOf, MetricKey } from '../../instrumentation/metrics.ts';
import { METRICS } from '../../instrumentation/metrics.ts';
import { prometheusName } from '../../instrumentation/names.ts';
import { errorCategory } from '../../instrumentation/sets/error-codes.ts';
import type { Step } from './lifecycles.ts';
import type { Delivery, Told } from './plan.ts';
import type { Token } from './profiles.ts';

/** What requests must add to the page, by series. It is no code of the agent's: what that gets wrong must show. */
export class Expected {
  readonly #series = new Map<string, number>();
  readonly #lives = new Map<string, Known>();
  readonly #events = new Set<string>();
  readonly #tokens: readonly Token[] | undefined;

  /** `tokens` are those that the agent knows, in the order of its configuration; `undefined` where it verifies nothing. */
  constructor(tokens: readonly Token[] | undefined) {
    this.#tokens = tokens;
  }

  /** By the name of the series, sorted. */
  get series(): ReadonlyMap<string, number> {
    const rounded = [...this.#series].map(([name, value]) => [name, Math.round(value * 1_000) / 1_000] as const);
    return new Map(rounded.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  request({ feed, token, told }: Delivery): void {
    const index = this.#tokens?.indexOf(token);
    if (index === -1) {
      this.#add('callbacks', { family: feed, outcome: 'signature_invalid' });
      return;
    }
    if (index !== undefined) this.#add('signaturesVerified', { token_index: String(index) });
    const outcomes = told.map((each) => (this.#isNew(each, feed === 'events') ? 'accepted' : 'duplicate'));
    if (feed === 'events') for (const outcome of outcomes) this.#add('events', { feed, outcome });
    this.#add('callbacks', { family: feed, outcome: outcomes.includes('accepted') ? 'accepted' : 'duplicate' });
  }

  #isNew(told: Told, isEvent: boolean): boolean {
    const seenEvent = this.#events.has(told.id);
    if (isEvent) this.#events.add(told.id);
    if (told.kind === 'inbound') {
      if (!seenEvent) this.#add('messagesReceived');
      return !seenEvent;
    }
    if (told.kind === 'log') {
      const labels = { error_category: errorCategory(told.code), product: 'voice' } as const;
      if (!seenEvent) this.#add('debuggerErrors', labels);
      return !seenEvent;
    }
    const { life, step, answer } = told;
    let known = this.#lives.get(life.sid);
    if (!known) this.#lives.set(life.sid, (known = { statuses: new Map(), segmentsTold: false }));
    const isNew = !known.statuses.has(step.status);
    if (life.family === 'message' && isEvent && !known.segmentsTold) {
      known.segmentsTold = true;
      this.#add('messageSegments', {}, life.segments);
    }
    if (isNew) {
      if (life.family === 'message') this.#message(known, step);
      else this.#call(known, step);
      known.statuses.set(step.status, step);
    }
    if (!answer || !isEvent || seenEvent) return isNew;
    const status_class = answer.status === 0 ? 'none' : (`${Math.floor(answer.status / 100)}xx` as '2xx');
    this.#observe('webhookRequestDuration', answer.ms / 1_000, { status_class });
    return true;
  }

  #message({ statuses }: Known, { status, errorCode = '' }: Step): void {
    this.#add('messageCallback', { status: status as LabelsOf<'messageCallback'>['status'] });
    const delivered = statuses.has('delivered');
    const failed = statuses.has('failed') || statuses.has('undelivered');
    if (status === 'delivered') this.#add('messagesDelivered');
    const fails = status === 'failed' || status === 'undelivered';
    if (fails && !failed) {
      this.#add('messagesFailed', { error_code: errorCode });
      this.#add('messagesFailedByCategory', { error_category: errorCategory(errorCode) });
    }
    if ((status === 'delivered' && failed) || (fails && delivered && !failed)) {
      this.#add('contradictions', { family: 'message' });
    }
  }

  #call({ statuses }: Known, step: Step): void {
    const { status, durationS } = step;
    this.#add('callCallback', { status: status as LabelsOf<'callCallback'>['status'] });
    if (status === 'completed') this.#add('callsCompleted', { call_status: 'completed' });
    if (durationS !== undefined) this.#observe('callDuration', durationS);
    const disconnect_reason = REASONS[`${status} ${step.sipResponseCode ?? ''}`.trim()];
    if (disconnect_reason) this.#add('callsFailed', { disconnect_reason });
    // Both times are signed, in whole seconds.
    const other = statuses.get(status === 'ringing' ? 'in-progress' : status === 'in-progress' ? 'ringing' : '');
    if (other) this.#observe('callRingDuration', Math.abs(second(step) - second(other)));
  }

  #add<K extends MetricKey>(metric: K, labels: Labels = {}, value = 1): void {
    this.#count(prometheusName(METRICS[metric]), labels, value);
  }

  #observe(metric: MetricKey, value: number, labels: Labels = {}): void {
    const name = prometheusName(METRICS[metric]);
    this.#count(`${name}_count`, labels, 1);
    this.#count(`${name}_sum`, labels, value);
  }

  #count(name: string, labels: Labels, value: number): void {
    const series = seriesName(name, labels);
    this.#series.set(series, (this.#series.get(series) ?? 0) + value);
  }
}

type Labels = Readonly<Record<string, string>>;

/** What was told of a message or a call. */
interface Known {
  readonly statuses: Map<string, Step>;
  segmentsTold: boolean;
}

const second = ({ atMs }: Step): number => Math.floor(atMs / 1_000);

const REASONS: Readonly<Record<string, string>> = {
  'busy 486': 'busy',
  'no-answer': 'no_answer',
  canceled: 'canceled',
  'failed 404': 'invalid_number',
  'failed 503': 'carrier_error',
};

/** How a series is called on the page, its labels in the order of their names. */
export function seriesName(name: string, labels: Labels): string {
  const keys = Object.keys(labels).sort();
  return keys.length === 0 ? name : `${name}{${keys.map((key) => `${key}="${labels[key]}"`).join(',')}}`;
}

const counted = (metric: MetricKey, ...labels: string[]) => [prometheusName(METRICS[metric]), labels] as const;
const observed = (metric: MetricKey, ...labels: string[]) =>
  ['_count', '_sum'].map((suffix) => [prometheusName(METRICS[metric]) + suffix, labels] as const);

/**
 * The metrics that are compared, with the labels by which they are: all of these must be what was expected, also what was
 * not expected of them. Labels on request are added up. How long messages took is made of the times at which callbacks
 * arrive, so no seed decides it.
 */
export const COMPARED: ReadonlyMap<string, readonly string[]> = new Map([
  counted('messageCallback', 'status'),
  counted('messagesDelivered'),
  counted('messagesFailed', 'error_code'),
  counted('messagesFailedByCategory', 'error_category'),
  counted('messagesReceived'),
  counted('messageSegments'),
  counted('callCallback', 'status'),
  counted('callsCompleted', 'call_status'),
  counted('callsFailed', 'disconnect_reason'),
  ...observed('callDuration'),
  ...observed('callRingDuration'),
  ...observed('webhookRequestDuration', 'status_class'),
  counted('debuggerErrors', 'error_category', 'product'),
  counted('contradictions', 'family'),
  counted('callbacks', 'family', 'outcome'),
  counted('events', 'feed', 'outcome'),
  counted('signaturesVerified', 'token_index'),
]);
