/**
 * The oracle: signs callbacks, sends them at a given rate over raw sockets, remembers what was acknowledged, and in
 * the end holds the agent's own page against that. Traffic goes to loopback only and is bounded in count and time.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export const TOKEN = '0123456789abcdef0123456789abcdef';
const ACCOUNT = `AC${'a1'.repeat(16)}`;

interface Callback {
  readonly key: string;
  readonly status: string;
  readonly bytes: string;
}

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

/** A kept-alive connection with one request under way at a time. */
class Connection {
  #socket: Socket | undefined;
  #received = '';
  #done: ((status: number | undefined) => void) | undefined;
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves with the status, or `undefined` when the connection broke before an answer. */
  send(bytes: string): Promise<number | undefined> {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#received = '';
      if (!this.#socket || this.#socket.destroyed || !this.#socket.writable) this.#open();
      this.#socket!.write(bytes);
    });
  }

  #open(): void {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#finish(undefined);
    });
  }

  #read(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = this.#received.slice(0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.length < end + 4 + length) return;
    if (/connection: close/i.test(head)) {
      this.#socket!.end();
      this.#socket = undefined;
    }
    this.#finish(Number(head.slice(9, 12)));
  }

  #finish(status: number | undefined): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(status);
  }

  close(): void {
    this.#socket?.destroy();
  }
}

export class Oracle {
  /** What was sent and is not acknowledged, by key. */
  readonly #open = new Map<string, Callback>();
  /** How many distinct callbacks were sent, by status. */
  readonly #sent: Record<string, number> = { queued: 0, sent: 0, delivered: 0, failed: 0 };
  readonly #port: number;
  readonly #token: string;
  #next = 0;
  readonly #run = randomBytes(6).toString('hex');

  constructor(port: number, token = TOKEN) {
    this.#port = port;
    this.#token = token;
  }

  get acknowledged(): number {
    return this.distinct - this.#open.size;
  }

  get distinct(): number {
    return Object.values(this.#sent).reduce((sum, count) => sum + count);
  }

  /** A new callback: queued, sent and an end of one message after the other. */
  callback(): Callback {
    const n = this.#next++;
    const message = Math.floor(n / 3);
    const end = message % 5 === 0 ? 'failed' : 'delivered';
    const status = ['queued', 'sent', end][n % 3]!;
    const sid = `SM${this.#run}${message.toString(16).padStart(20, '0')}`;
    const params: Record<string, string> = {
      SmsSid: sid,
      SmsStatus: status,
      MessageStatus: status,
      To: '+15558675310',
      MessageSid: sid,
      MessagingServiceSid: `MG${'c3'.repeat(16)}`,
      AccountSid: ACCOUNT,
      ApiVersion: '2010-04-01',
      From: '+15017122661',
      ...(status === 'failed' ? { ErrorCode: '30003' } : {}),
    };
    return {
      key: `${sid}/${status}`,
      status,
      bytes: signedRequest(this.#port, '/webhooks/message', params, this.#token),
    };
  }

  async load({ perSecond, seconds, connections = 64, duplicates = 0, stop }: LoadOptions): Promise<LoadResult> {
    const pool = Array.from({ length: connections }, () => new Connection(this.#port));
    const idle = [...pool];
    const statuses: Record<string, number> = {};
    const latencies: number[] = [];
    const recent: Callback[] = [];
    let sent = 0;
    let broken = 0;
    let underWay = 0;
    const total = Math.floor(perSecond * seconds);
    const started = performance.now();
    const one = async (connection: Connection) => {
      const again = duplicates > 0 && recent.length > 0 && Math.random() < duplicates;
      const callback = again ? recent[Math.floor(Math.random() * recent.length)]! : this.callback();
      if (duplicates > 0 && recent.push(callback) > 200) recent.shift();
      if (!again) {
        this.#sent[callback.status]!++;
        this.#open.set(callback.key, callback);
      }
      const at = performance.now();
      sent++;
      underWay++;
      const status = await connection.send(callback.bytes);
      underWay--;
      latencies.push(performance.now() - at);
      if (status === undefined) broken++;
      else statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 204) this.#open.delete(callback.key);
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
    const connection = new Connection(this.#port);
    const deadline = performance.now() + 30_000;
    for (const [key, { bytes }] of this.#open) {
      for (;;) {
        const status = await connection.send(bytes);
        if (status === 204) break;
        if (performance.now() > deadline) throw new Error(`a retry was answered ${status} for 30 s`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      this.#open.delete(key);
    }
    connection.close();
  }

  /** What the page must say once everything is settled: one count for each distinct key. */
  expected(): Record<string, number> {
    return { ...this.#sent };
  }

  /** Throws unless the page counts exactly the distinct keys. */
  async check(): Promise<void> {
    const page = await scrape(this.#port);
    const expected = this.expected();
    for (const [status, count] of Object.entries(expected)) {
      const found = sample(page, `twilio_message_callback_total{status="${status}"}`);
      if (found !== count) throw new Error(`${status}: the page says ${found}, ${count} distinct ones were sent`);
    }
    const delivered = sample(page, 'twilio_messages_delivered_total');
    const failed = sample(page, 'twilio_messages_failed_total{error_code="30003"}') ?? 0;
    if (delivered !== expected.delivered || failed !== expected.failed) {
      throw new Error(`outcomes: ${delivered} delivered and ${failed} failed, expected ${JSON.stringify(expected)}`);
    }
  }
}

/** The bytes of a signed POST, as Twilio would send it to the agent directly. */
export function signedRequest(port: number, path: string, params: Record<string, string>, token = TOKEN): string {
  const url = `http://127.0.0.1:${port}${path}`;
  const text = Object.keys(params)
    .sort()
    .map((name) => name + params[name])
    .join('');
  const signature = createHmac('sha1', token)
    .update(url + text)
    .digest('base64');
  const body = new URLSearchParams(params).toString();
  return [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Content-Type: application/x-www-form-urlencoded; charset=UTF-8',
    `X-Twilio-Signature: ${signature}`,
    'I-Twilio-Idempotency-Token: 5a0c2f4e-0000-4000-8000-000000000000',
    'User-Agent: TwilioProxy/1.1',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** One request on a connection of its own. */
export async function sendOnce(port: number, bytes: string): Promise<number | undefined> {
  const connection = new Connection(port);
  const status = await connection.send(bytes);
  connection.close();
  return status;
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
