import { expect } from 'chai';
import fc from 'fast-check';
import { kept, type LedgerRecord } from '../../src/ledger/record.ts';
import { Bench, type Keeping, type Status } from './keeping.ts';

const STATUSES = ['sent', 'delivered', 'failed', 'read'] as const satisfies readonly Status[];
const LIMITS = { windowMs: 100, maxEntries: 8 };

interface Step {
  readonly key: string;
  readonly status: Status;
}
type Operation =
  | { readonly kind: 'calls'; readonly calls: readonly { readonly steps: readonly Step[]; readonly fails: boolean }[] }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'restart' | 'crash' };

/** The ledger in twenty lines: it must know what is young and among the newest, and may know what is not. */
class Model {
  readonly #records = new Map<string, LedgerRecord>();
  readonly #touchedMs = new Map<string, number>();
  readonly #mayBeForgotten = new Set<string>();
  readonly totals: Record<string, number> = {};

  /** What a reducer was given last, and what the ledger then answered. */
  step({ key, status }: Step, bit: number, given: LedgerRecord | undefined, outcome: string, nowMs: number): void {
    const known = this.#records.get(key);
    if (given !== undefined || !this.#mayBeForgotten.has(key)) expect(given, key).to.deep.equal(known);
    const counted = ((given?.seen ?? 0) & bit) !== 0;
    expect(outcome, `${key} ${status}`).to.equal(counted ? 'duplicate' : 'accepted');
    if (counted) return;
    this.totals[status] = (this.totals[status] ?? 0) + 1;
    this.#records.set(key, { seen: (given?.seen ?? 0) | bit, times: given?.times ?? [kept(nowMs)] });
    this.#touchedMs.set(key, nowMs);
    this.#mayBeForgotten.delete(key);
    this.age(nowMs);
  }

  age(nowMs: number): void {
    const times = [...this.#touchedMs.values()];
    for (const [key, lastAtMs] of this.#touchedMs) {
      const rank = times.filter((time) => time >= lastAtMs).length;
      if (rank > LIMITS.maxEntries || lastAtMs < nowMs - LIMITS.windowMs) this.#mayBeForgotten.add(key);
    }
  }

  get leastEntries(): number {
    return this.#records.size - this.#mayBeForgotten.size;
  }
}

/** Plays random histories of calls in flight, time, restarts and crashes against the model. */
export async function modelTest(keeping: Keeping, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(operation(keeping), { minLength: 1, maxLength: 25 }), (history) =>
      play(keeping, history),
    ),
    { numRuns: runs, seed: 20_261_014 },
  );
}

function operation(keeping: Keeping): fc.Arbitrary<Operation> {
  const step = fc.record({
    key: fc.integer({ min: 0, max: 13 }).map((n) => `key ${n}`),
    status: fc.constantFrom(...STATUSES),
  });
  const call = fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 2 }),
    fails: fc.nat(9).map((n) => n === 0),
  });
  const ends = (['restart', 'crash'] as const).filter((end) => keeping[end]);
  return fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant('calls' as const),
        calls: fc.array(call, { minLength: 1, maxLength: 4 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }),
    },
    ...ends.map((kind) => ({ weight: 1, arbitrary: fc.constant({ kind }) })),
  );
}

async function play(keeping: Keeping, history: readonly Operation[]): Promise<void> {
  const bench = await Bench.open(keeping, LIMITS);
  const model = new Model();
  try {
    for (const operation of history) {
      if (operation.kind === 'wait') bench.clock.advance(operation.ms);
      else if (operation.kind === 'calls') await playCalls(bench, model, operation.calls);
      else await bench[operation.kind]();
      model.age(bench.clock.nowMs());
      const { entries } = bench.ledger.stats();
      expect(entries).to.be.within(model.leastEntries, LIMITS.maxEntries);
      for (const status of STATUSES) expect(bench.total(status), status).to.equal(model.totals[status] ?? 0);
    }
  } finally {
    await bench.ledger.close();
  }
}

/** All calls are in flight together; the model takes them one after the other, in their order. */
async function playCalls(
  bench: Bench,
  model: Model,
  calls: readonly { readonly steps: readonly Step[]; readonly fails: boolean }[],
): Promise<void> {
  // Records of one moment have no order among each other, so each moment has its own time.
  bench.clock.advance(1);
  const given = new Map<Step, LedgerRecord | undefined>();
  const answers = await Promise.all(
    calls.map(({ steps, fails }) => {
      const changes = steps.map((step) => bench.change(step.key, step.status, (previous) => given.set(step, previous)));
      if (fails) changes.push({ key: 'message:key 0', reduce: broken });
      return bench.ledger.apply(changes).catch(() => 'rejected' as const);
    }),
  );
  calls.forEach(({ steps, fails }, i) => {
    const answer = answers[i]!;
    expect(answer === 'rejected').to.equal(fails);
    if (answer === 'rejected') return;
    for (const [j, step] of steps.entries()) {
      model.step(step, bench.bit(step.status), given.get(step), answer[j]!, bench.clock.nowMs());
    }
  });
}

function broken(): never {
  throw new Error('a reducer that fails');
}
