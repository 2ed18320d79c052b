/** Resolves in the next turn of the loop, or later: `everyMs` after it last resolved. One caller at a time. */
export function pace(everyMs: number, monotonicMs: () => number): () => Promise<void> {
  let lastMs = Number.NEGATIVE_INFINITY;
  return () =>
    new Promise((resolve) => {
      const go = () => {
        lastMs = monotonicMs();
        resolve();
      };
      const leftMs = lastMs + everyMs - monotonicMs();
      // A clock that is moved back must not make it wait until it is there again.
      if (leftMs > 0) setTimeout(go, Math.min(leftMs, everyMs));
      else setImmediate(go);
    });
}
