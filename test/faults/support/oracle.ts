/**
 * The oracle: signs callbacks, sends them at a given rate over raw sockets, remembers what was acknowledged, and in
 * the end holds the agent's own page against that. Traffic goes to loopback only and is bounded in count and time.
 */
import { Connection } from './connection.ts';
import { Facts } from './facts.ts';
import { TOKEN } from './requests.ts';
import { Callbacks, type Sending, type Traffic } from './traffic.ts';

export interface LoadOptions {
  readonly perSecond: number;
  readonly seconds: number;
  readonly connections?: number;
  /** The part of the requests that repeat an earlier one, 0 to 1. */
  readonly duplicates?: number;
  /** Ends the load early. */
  readonly stop?: AbortSignal;
}

export interface LoadResult {
  readonly sent: number;
  /** How long it took to send them: longer than asked where the agent or the machine did not keep up. */
  readonly seconds: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly broken: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export class Oracle {
  /** What was sent and is not acknowledged. */
  readonly #open = new Set<Sending>();
  readonly #facts = new Facts();
  readonly #port: number;
  readonly #traffic: Traffic;
  /** How many distinct facts were sent. */
  distinct = 0;
  #kept: Sending[] | undefined;

  constructor(port: number, token = TOKEN, Kind: new (port: number, token: string) => Traffic = Callbacks) {
    this.#port = port;
    this.#traffic = new Kind(port, token);
  }

  /** How many messages and calls they are of. */
  get records(): number {
    return this.#facts.records;
  }

  /** A new request, whose facts count from now on: it is sent until it is acknowledged. */
  #next(sending: Sending): Sending {
    for (const fact of sending.facts) if (this.#facts.tell(fact)) this.distinct++;
    this.#open.add(sending);
    this.#kept?.push(sending);
    return sending;
  }

  /** Keeps what it sends from now on, for `replay`. */
  keep(): void {
    this.#kept = [];
  }

  /** Sends all that was kept again, in order, as after a loss of unknown extent. */
  async replay(connections = 32): Promise<void> {
    const left = (this.#kept ?? []).values();
    const one = async (connection: Connection) => {
      for (const sending of left) {
        const status = await connection.send(sending.bytes);
        if (status !== 204) throw new Error(`what was sent again was answered ${status}`);
        this.#open.delete(sending);
      }
      connection.close();
    };
    await Promise.all(Array.from({ length: connections }, () => one(new Connection(this.#port))));
  }

  async load({ perSecond, seconds, connections = 64, duplicates = 0, stop }: LoadOptions): Promise<LoadResult> {
    const pool = Array.from({ length: connections }, () => new Connection(this.#port));
    const idle = [...pool];
    const statuses: Record<string, number> = {};
    const latencies: number[] = [];
    const recent: Sending[] = [];
    let sent = 0;
    let broken = 0;
    let underWay = 0;
    const total = Math.floor(perSecond * seconds);
    const started = performance.now();
    const one = async (connection: Connection) => {
      const again = duplicates > 0 && recent.length > 0 && Math.random() < duplicates;
      const sending = again ? recent[Math.floor(Math.random() * recent.length)]! : this.#next(this.#traffic.next());
      if (duplicates > 0 && recent.push(sending) > 200) recent.shift();
      const at = performance.now();
      sent++;
      underWay++;
      const status = await connection.send(sending.bytes);
      underWay--;
      latencies.push(performance.now() - at);
      if (status === undefined) broken++;
      else statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 204) this.#open.delete(sending);
      idle.push(connection);
    };
    while (sent < total && !stop?.aborted && performance.now() - started < seconds * 3_000 + 5_000) {
      const due = Math.min(total, Math.floor(((performance.now() - started) / 1_000) * perSecond)) - sent;
      for (let i = 0; i < due && idle.length > 0; i++) void one(idle.pop()!);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const took = (performance.now() - started) / 1_000;
    const deadline = performance.now() + 15_000;
    while (underWay > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const connection of pool) connection.close();
    latencies.sort((a, b) => a - b);
    const at = (part: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0;
    return { sent, seconds: took, statuses, broken, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }

  /** Sends everything again that was not acknowledged, as a sender with retries would, until all of it is. */
  async settle(): Promise<void> {
    for (const sending of this.#traffic.rest()) this.#next(sending);
    const connection = new Connection(this.#port);
    const deadline = performance.now() + 30_000;
    for (const sending of this.#open) {
      for (;;) {
        const status = await connection.send(sending.bytes);
        if (status === 204) break;
        if (performance.now() > deadline) throw new Error(`a retry was answered ${status} for 30 s`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      this.#open.delete(sending);
    }
    connection.close();
  }

  /**
   * Throws unless the page counts exactly the distinct facts, once everything is settled: the counters, what began and
   * has not ended, and each duration whose two ends are known, observed or skipped.
   */
  async check(): Promise<void> {
    const page = await scrape(this.#port);
    const wrong: string[] = [];
    const hold = (series: string, expected: number, found = sample(page, series)) => {
      if (found !== expected) wrong.push(`${series}: the page says ${found}, ${expected} were told`);
    };
    for (const [series, expected] of Object.entries(this.#facts.series())) hold(series, expected);
    for (const [metric, name, expected] of this.#facts.durations()) {
      const skipped = sumOf(page, `twilio_agent_durations_skipped_total{metric="${name}"`);
      hold(metric, expected, skipped + (sample(page, `${metric}_count`) ?? 0));
    }
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  }
}

export async function scrape(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}`);
  return answer.text();
}

/** The value of one series on a page, by its whole name and labels. */
export function sample(page: string, series: string): number | undefined {
  const line = page.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** The sum of all series that begin so. */
function sumOf(page: string, beginning: string): number {
  const values = page.split('\n').filter((line) => line.startsWith(beginning));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
