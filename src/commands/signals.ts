import type { Logger } from '../log.ts';

/** On a terminal `npm start` gets Ctrl-C with its whole group, and passes it on besides: the agent sees it twice. */
const SAME_CTRL_C_MS = 1_000;

export interface SignalParts {
  /** The process, or what stands for it in a test. */
  readonly signals: Pick<NodeJS.Process, 'on'>;
  readonly log: Logger;
  readonly monotonicMs: () => number;
  /** Begins an orderly stop. */
  readonly stop: () => void;
  /** Ends the process, whatever is under way. */
  readonly leave: () => void;
}

/** The first SIGTERM or SIGINT stops in order, the next one at once. */
export function stopOnSignal({ signals, log, monotonicMs, stop, leave }: SignalParts): void {
  let first: { readonly signal: string; readonly atMs: number } | undefined;
  const handle = (signal: string) => {
    if (first) {
      const same = signal === 'SIGINT' && first.signal === signal && monotonicMs() - first.atMs < SAME_CTRL_C_MS;
      if (same) return;
      log.warn(`${signal} again: leaving at once`);
      leave();
      return;
    }
    first = { signal, atMs: monotonicMs() };
    log.info(`${signal}: stopping`);
    stop();
  };
  signals.on('SIGTERM', handle);
  signals.on('SIGINT', handle);
}

/** SIGHUP asks for a reload; a terminal that goes away sends it too, which does no harm. */
export function reloadOnSignal({ signals, reload }: Pick<SignalParts, 'signals'> & { reload: () => void }): void {
  signals.on('SIGHUP', reload);
}
