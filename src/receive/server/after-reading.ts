const AT_ONCE = 16;
/** A turn of the event loop that took no longer has read, just now, what was there to be read. */
const SHORT_MS = 2;
/** So long a short turn is waited for: an event loop that is always late has none. */
const PATIENCE_MS = 250;

/**
 * Runs tasks in their order once the event loop has read what had arrived before, and in a turn that was short, so that
 * hardly anything can have arrived since. A few in each turn: what thousands of connections need in the same moment must
 * not stop the others.
 */
export function afterReading(nowMs: () => number = () => performance.now()): (task: () => void) => void {
  const waiting: (() => void)[] = [];
  let turnedMs = 0;
  let patientUntilMs = 0;
  const turn = () => {
    const startedMs = turnedMs;
    turnedMs = nowMs();
    if (turnedMs - startedMs > SHORT_MS && turnedMs < patientUntilMs) return void setImmediate(turn);
    for (const task of waiting.splice(0, AT_ONCE)) task();
    // The tasks are no part of what the next turn takes to read.
    turnedMs = nowMs();
    if (waiting.length > 0) setImmediate(turn);
  };
  return (task) => {
    if (waiting.push(task) > 1) return;
    turnedMs = nowMs();
    patientUntilMs = turnedMs + PATIENCE_MS;
    setImmediate(turn);
  };
}
