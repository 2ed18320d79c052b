const AT_ONCE = 16;

/**
 * Runs tasks in their order, a few in each turn of the event loop: what thousands of connections need in the same moment
 * must not stop the others.
 */
export function spread(): (task: () => void) => void {
  const waiting: (() => void)[] = [];
  const turn = () => {
    for (const task of waiting.splice(0, AT_ONCE)) task();
    if (waiting.length > 0) setImmediate(turn);
  };
  return (task) => {
    waiting.push(task);
    if (waiting.length === 1) setImmediate(turn);
  };
}
