import type { Increment } from '../../instrumentation/increments.ts';
import { type LabelsOf, METRICS } from '../../instrumentation/metrics.ts';
import { explainError } from '../../instrumentation/sets/error-codes.ts';
import type { Base } from '../../instrumentation/totals.ts';

const CODED = `${METRICS.messagesFailed.name}{`;

/** The error codes that have a total: each is explained beside it, so that a query can join them. */
export class ErrorCodeInfo {
  readonly #codes = new Set<string>();

  /** What a ledger holds, when it is opened. */
  restore({ totals }: Base): void {
    for (const id of totals.keys()) {
      if (id.startsWith(CODED)) this.#add(JSON.parse(id.slice(CODED.length - 1)) as Record<string, string>);
    }
  }

  /** What became durable since. */
  count(increments: readonly Increment[]): void {
    for (const { series } of increments) if (series.metric === 'messagesFailed') this.#add(series.labels);
  }

  *read(): Iterable<readonly [value: number, labels: LabelsOf<'errorCodeInfo'>]> {
    for (const error_code of this.#codes) {
      const { category, actor } = explainError(error_code);
      yield [1, { error_code, error_category: category, actor }];
    }
  }

  #add(labels: Readonly<Record<string, string>>): void {
    if (labels['error_code'] !== undefined) this.#codes.add(labels['error_code']);
  }
}
