import pino, { type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { type Rejection, refusal } from './rejection.ts';

export type { Logger };

export interface LogOptions {
  readonly level: string;
  readonly encoding: 'auto' | 'json' | 'console';
  readonly terminal: boolean;
}

/** JSON lines for machines, one readable line on a terminal. Writes are synchronous: the last line is never lost. */
export function createLogger({ level, encoding, terminal }: LogOptions, destination?: DestinationStream): Logger {
  const readable = encoding === 'console' || (encoding === 'auto' && terminal);
  const stream = destination ?? standardOutput();
  const options = { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime };
  if (!readable) return pino({ ...options, formatters: { level: (label) => ({ level: label }) } }, stream);
  return pino(
    options,
    pretty({ colorize: terminal, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', destination: stream }),
  );
}

/** A log that cannot be written, to a full disk say, must not end what it tells of: nobody hears of it but this. */
function standardOutput(): DestinationStream {
  const stream = pino.destination({ dest: 1, sync: true });
  stream.on('error', () => {});
  return stream;
}

const MINUTE_MS = 60_000;

/** Lets one line per key and minute through and counts what it holds back. Keys come from closed sets. */
export class Throttle {
  readonly #monotonicMs: () => number;
  readonly #lastMs = new Map<string, number>();
  readonly #heldBack = new Map<string, number>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** How many lines were held back since the last one, or `undefined` when this one is to be held back too. */
  pass(key: string): number | undefined {
    const now = this.#monotonicMs();
    const last = this.#lastMs.get(key);
    const held = this.#heldBack.get(key) ?? 0;
    if (last !== undefined && now - last < MINUTE_MS) {
      this.#heldBack.set(key, held + 1);
      return undefined;
    }
    this.#lastMs.set(key, now);
    this.#heldBack.delete(key);
    return held;
  }
}

type Level = 'debug' | 'info' | 'warn' | 'error';

/** So many lines that are told once are remembered. */
const ONCE = 100;

/** Logs refusals and other repeated events, at most one line per reason and minute. */
export class EventLog {
  readonly #log: Logger;
  readonly #told = new Set<string>();
  readonly #throttle: Throttle;

  constructor(log: Logger, monotonicMs: () => number) {
    this.#log = log;
    this.#throttle = new Throttle(monotonicMs);
  }

  refused(rejection: Rejection, family: string | undefined): void {
    const { level } = refusal(rejection.reason);
    if (!this.#log.isLevelEnabled(level)) return;
    const held = this.#throttle.pass(rejection.reason);
    if (held === undefined) return;
    const { reason, subject, detail } = rejection;
    const fields = { ...(subject ? { subject } : {}), ...(detail ? { detail } : {}) };
    this.#write(level, held, `refused ${family ?? 'a request'}: ${reason}: ${rejection.help}`, fields);
  }

  event(level: Level, key: string, message: string, fields: object = {}): void {
    const held = this.#throttle.pass(key);
    if (held !== undefined) this.#write(level, held, message, fields);
  }

  /** Logs what is news: each of the last hundred lines once. */
  once(level: Level, message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    if (this.#told.size > ONCE) this.#told.delete(this.#told.keys().next().value!);
    this.#write(level, 0, message, {});
  }

  #write(level: Level, held: number, message: string, fields: object): void {
    this.#log[level](held > 0 ? { ...fields, held_back: held } : fields, message);
  }
}
