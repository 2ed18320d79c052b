import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(import.meta.url);

/** What each connection does. Times count from the moment at which the connections are open. */
export interface Plan {
  readonly port: number;
  /** What each connection sends at first, and next at its time. */
  readonly sends: readonly { readonly first: string; readonly next: string; readonly atMs: number }[];
  /** Whether what it sends at first gets an answer of its own. */
  readonly answersFirst: boolean;
  /** When the connections are opened, if that is not before everything else. */
  readonly openAtMs?: number;
}

/** What the client saw. */
export interface Seen {
  readonly answered: Readonly<Record<string, number>>;
  /** Connections that ended before they were used: nothing was sent, so nothing is lost. */
  readonly refused: number;
  /** Requests that were sent on a connection which then ended without an answer. */
  readonly lost: number;
}

/** A client in a process of its own: who blocks the event loop here does not make the client late. */
export class Sender {
  readonly #child = fork(FILE, [], { execArgv: ['--import', 'tsx'] });

  /** Resolves when the connections are open and what they send at first is sent, or answered. */
  async play(plan: Plan): Promise<{ readonly seen: Promise<Seen> }> {
    const heard = () => once(this.#child, 'message') as Promise<[Seen | 'ready']>;
    const ready = heard();
    this.#child.send(plan);
    await ready;
    return { seen: heard().then(([seen]) => seen as Seen) };
  }

  stop(): void {
    this.#child.kill();
  }
}

class Sending {
  ended = false;
  status: string | undefined;
  readonly #socket: Socket;
  #text = '';
  #changed: () => void = () => {};

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      if (this.#text.includes('\r\n\r\n')) this.status = this.#text.slice(9, 12);
      this.#changed();
    });
    for (const event of ['end', 'close']) {
      this.#socket.on(event, () => {
        this.ended = true;
        this.#changed();
      });
    }
    this.#socket.on('error', () => {});
  }

  opened(): Promise<unknown> {
    return new Promise((resolve) => this.#socket.once('connect', resolve));
  }

  /** Resolves with the status of the answer, or `undefined` when the connection ends without one. */
  send(bytes: string): Promise<string | undefined> {
    this.#text = '';
    this.status = undefined;
    this.#socket.write(bytes);
    return new Promise((resolve) => {
      this.#changed = () => (this.status || this.ended) && resolve(this.status);
      // An agent that never answers is a failed test, and not one without an end.
      setTimeout(resolve, 6_000, undefined).unref();
    });
  }
}

async function play({ port, sends, answersFirst, openAtMs }: Plan): Promise<void> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const openAll = async () => {
    const opened = sends.map(() => new Sending(port));
    await Promise.all(opened.map((sending) => sending.opened()));
    const sent = opened.map((sending, i) => sends[i]!.first && sending.send(sends[i]!.first));
    if (answersFirst) await Promise.all(sent);
    return opened;
  };
  const early = openAtMs === undefined ? await openAll() : undefined;
  const startMs = performance.now();
  process.send!('ready');
  if (openAtMs !== undefined) await pause(openAtMs);
  const sendings = early ?? (await openAll());
  const answered: Record<string, number> = {};
  let refused = 0;
  let lost = 0;
  const one = async (sending: Sending, i: number) => {
    const { next, atMs } = sends[i]!;
    await pause(atMs - (performance.now() - startMs));
    // This loop is late at times as well: it reads before it says that nobody told it of the end.
    await new Promise((resolve) => setImmediate(resolve));
    if (sending.ended) refused++;
    else {
      const status = await sending.send(next);
      if (status === undefined) lost++;
      else answered[status] = (answered[status] ?? 0) + 1;
    }
  };
  await Promise.all(sendings.map(one));
  process.send!({ answered, refused, lost } satisfies Seen);
}

if (process.send && process.argv[1] === FILE) process.on('message', (plan: Plan) => void play(plan));
