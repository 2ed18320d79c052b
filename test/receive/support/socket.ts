import { connect, type Socket } from 'node:net';
import { told } from '../../told.ts';

export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** A bare connection: it sends what it is given and keeps what comes back. */
export class Wire {
  readonly socket: Socket;
  received = '';
  /** True once the other side has ended or reset the connection. */
  closed = false;
  #answers: Answer[] = [];
  #readTo = 0;
  readonly #watchers = new Set<() => void>();

  private constructor(port: number, allowHalfOpen: boolean) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.received += told(text);
      this.#changed();
    });
    this.socket.on('error', () => {});
    for (const event of ['end', 'close']) {
      this.socket.on(event, () => {
        this.closed = true;
        this.#changed();
      });
    }
  }

  static async open(port: number, allowHalfOpen = false): Promise<Wire> {
    const wire = new Wire(port, allowHalfOpen);
    if (wire.socket.connecting) await new Promise((resolve) => wire.socket.once('connect', resolve));
    return wire;
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  send(bytes: string | Buffer): this {
    this.socket.write(bytes);
    return this;
  }

  /** Resolves when it holds; rejects with what was received when it does not in time. */
  until(what: string, holds: () => boolean, timeoutMs = 5_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer);
        this.#watchers.delete(check);
        end();
      };
      const timer = setTimeout(
        () =>
          settle(() => reject(new Error(`${what}: not within ${timeoutMs} ms; got ${this.received.slice(0, 300)}`))),
        timeoutMs,
      );
      const check = () => holds() && settle(resolve);
      this.#watchers.add(check);
      check();
    });
  }

  /** Resolves with the first `count` answers, or with fewer when the connection ends before. */
  async answers(count = 1, timeoutMs?: number): Promise<Answer[]> {
    await this.until(`${count} answers`, () => this.#read().length >= count || this.closed, timeoutMs);
    return this.#answers;
  }

  /** Forgets what was received, so that `answers` counts anew. */
  forget(): void {
    this.received = '';
    this.#answers = [];
    this.#readTo = 0;
  }

  /** The complete answers, in order; an interim one (100) is none. Reads on where it ended: they may be thousands. */
  #read(): readonly Answer[] {
    for (let next = answerAt(this.received, this.#readTo); next; next = answerAt(this.received, this.#readTo)) {
      if (next.answer.status >= 200) this.#answers.push(next.answer);
      this.#readTo = next.end;
    }
    return this.#answers;
  }

  async ended(timeoutMs?: number): Promise<void> {
    await this.until('the end of the connection', () => this.closed, timeoutMs);
  }

  /** Closes at once: the other side sees a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The complete answer that begins there, and where it ends; undefined while it is not complete. */
function answerAt(text: string, from: number): { answer: Answer; end: number } | undefined {
  const headEnd = text.indexOf('\r\n\r\n', from);
  if (headEnd === -1) return undefined;
  const head = text.slice(from, headEnd);
  const status = Number(head.slice(9, 12));
  const none = status < 200 || status === 204 || /^transfer-encoding: chunked/im.test(head);
  const length = none ? 0 : Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  const end = headEnd + 4 + length;
  return text.length < end ? undefined : { answer: { status, head, body: text.slice(headEnd + 4, end) }, end };
}

/** One request on a connection of its own, and the whole conversation. */
export async function exchange(port: number, bytes: Buffer | string): Promise<Answer & { received: string }> {
  const wire = await Wire.open(port);
  const [answer] = await wire.send(bytes).answers();
  wire.close();
  return { status: 0, head: '', body: '', ...answer, received: wire.received };
}
