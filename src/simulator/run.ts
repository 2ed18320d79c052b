import type { Delivery } from './plan.ts';

/** Time comes in by this door, so that ten minutes may take seconds. */
export interface Pace {
  /** Resolves so many ms after the beginning of the run. `settled` resolves when all that was sent was answered. */
  until(ms: number, settled: () => Promise<unknown>): Promise<void>;
}

/** The pace of real time. */
export function realPace(): Pace {
  const beganMs = performance.now();
  return {
    async until(ms) {
      const waitMs = ms - (performance.now() - beganMs);
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    },
  };
}

/**
 * Sends each request at its time. Two that tell of the same message or call never overtake each other on the way: which of
 * them is the copy, and what the first one knew, is then the same each time.
 */
export async function deliver(
  deliveries: readonly Delivery[],
  pace: Pace,
  send: (delivery: Delivery) => Promise<void>,
): Promise<void> {
  const latest = new Map<string, Promise<void>>();
  const settled = () => Promise.all(latest.values());
  for (const delivery of deliveries) {
    await pace.until(delivery.atMs, settled);
    const keys = delivery.told.map((told) => (told.kind === 'step' ? told.life.sid : told.id));
    const before = keys.flatMap((key) => latest.get(key) ?? []);
    const sent = before.length === 0 ? send(delivery) : Promise.all(before).then(() => send(delivery));
    const done = sent.then(() => {
      for (const key of keys) if (latest.get(key) === done) latest.delete(key);
    });
    for (const key of keys) latest.set(key, done);
  }
  await settled();
}
