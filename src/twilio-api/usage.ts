import type { Twilio } from 'twilio';
import { budget, row } from '../../instrumentation/metrics.ts';
import { ApiFailure } from './failure.ts';
import { currencyCode, decimal, usageCategory, usageUnit } from './figures.ts';

/** The most records that Twilio puts on one page. */
const PAGE_SIZE = 1_000;
/** Far more than Twilio has categories for: a chain of pages that is longer has no end. */
const MAX_PAGES = 2_000;

export type SkipReason = 'number' | 'currency' | 'category' | 'budget';

/** What Twilio says of one category today. */
export interface UsageRecord {
  readonly category: unknown;
  readonly usage: unknown;
  readonly usageUnit: unknown;
  readonly price: unknown;
  readonly priceUnit: unknown;
}

/** Fetches today's records to the last page; each page is one call of `request`. */
export async function fetchUsage(
  client: Twilio,
  request: <T>(send: () => Promise<T>) => Promise<T>,
  onRecord: (record: UsageRecord) => void,
): Promise<void> {
  const { today } = client.usage.records;
  const read = new Set<string>();
  let url: string | undefined;
  do {
    const page = await request(async () => {
      const fetched = await (url ? today.getPage(url) : today.page({ pageSize: PAGE_SIZE }));
      const next = fetched.nextPageUrl;
      if (next !== undefined && (read.has(next) || read.size >= MAX_PAGES)) throw new ApiFailure('page_loop');
      return fetched;
    });
    for (const record of page.instances) onRecord(record as unknown as UsageRecord);
    url = page.nextPageUrl;
    if (url !== undefined) read.add(url);
  } while (url !== undefined);
}

type Amount = readonly [value: number, labels: { category: string; usage_unit: string; account: string | undefined }];
type Price = readonly [value: number, labels: { category: string; currency: string; account: string | undefined }];

/** One reading of today's usage, one value for each series; what cannot be exported is skipped by a reason. */
export class UsageReading {
  readonly #amounts = new Map<string, Amount>();
  readonly #prices = new Map<string, Price>();
  readonly #categories: ReadonlySet<string>;
  readonly #budgets: UsageBudgets;
  readonly #skip: (reason: SkipReason) => void;

  readonly #account: string | undefined;

  constructor(
    categories: ReadonlySet<string>,
    budgets: UsageBudgets,
    skip: (reason: SkipReason) => void,
    account: string | undefined,
  ) {
    this.#account = account;
    this.#categories = categories;
    this.#budgets = budgets;
    this.#skip = skip;
  }

  get amounts(): Iterable<Amount> {
    return this.#amounts.values();
  }

  get prices(): Iterable<Price> {
    return this.#prices.values();
  }

  add(record: UsageRecord): void {
    const category = usageCategory(record.category);
    if (category === undefined) return this.#skip('category');
    if (this.#categories.size > 0 && !this.#categories.has(category)) return;
    if (given(record.usage)) this.#addAmount(category, record);
    if (given(record.price)) this.#addPrice(category, record);
  }

  #addAmount(category: string, record: UsageRecord): void {
    const value = decimal(record.usage);
    if (value === undefined) return this.#skip('number');
    const usage_unit = usageUnit(record.usageUnit);
    const account = this.#account;
    const id = `${category} ${usage_unit} ${account}`;
    if (!this.#budgets.amounts.admits(id)) return this.#skip('budget');
    this.#amounts.set(id, [value, { category, usage_unit, account }]);
  }

  #addPrice(category: string, record: UsageRecord): void {
    const value = decimal(record.price);
    const currency = currencyCode(record.priceUnit);
    if (value === undefined) return this.#skip('number');
    if (currency === undefined) return this.#skip('currency');
    const account = this.#account;
    const id = `${category} ${currency} ${account}`;
    if (!this.#budgets.prices.admits(id)) return this.#skip('budget');
    this.#prices.set(id, [value, { category, currency, account }]);
  }
}

/** Twilio leaves a figure out where a category has none. */
const given = (figure: unknown): boolean => figure !== undefined && figure !== null;

/** The series that a metric has had in this process: the SDK keeps each of them, so the budget is for its lifetime. */
class SeriesBudget {
  readonly #known = new Set<string>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  admits(id: string): boolean {
    if (this.#known.has(id)) return true;
    if (this.#known.size >= this.#limit) return false;
    this.#known.add(id);
    return true;
  }
}

export class UsageBudgets {
  readonly amounts = new SeriesBudget(budget(row('usageAmount'))!);
  readonly prices = new SeriesBudget(budget(row('usagePrice'))!);
}
