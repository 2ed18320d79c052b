import type { ClientRequest, IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type Failure, failureOf } from './failure.ts';
import type { Origin, Sent } from './origin.ts';

export interface AttemptEvents {
  /** Connected: from here on the application may have got something. */
  readonly connected: (request: ClientRequest) => void;
  readonly continued: () => void;
  readonly informed: (status: number, headers: NodeJS.Dict<string | string[]>) => void;
  readonly answered: (answer: IncomingMessage) => void;
  readonly failed: (failure: Failure) => void;
}

/** The pause before the one other attempt, which is made only where the application certainly got nothing. */
const RETRY_MS = 100;
const RETRIED: readonly Failure[] = ['connection_refused', 'unreachable', 'name_not_resolved'];

/** One request to the application: a second connection is tried where there was none to send it on. */
export class Attempt {
  readonly #origin: Origin;
  readonly #sent: Sent;
  readonly #events: AttemptEvents;
  #request: ClientRequest | undefined;
  #connected = false;
  #retry: NodeJS.Timeout | undefined;
  #over = false;

  constructor(origin: Origin, sent: Sent, events: AttemptEvents) {
    this.#origin = origin;
    this.#sent = sent;
    this.#events = events;
  }

  start(): void {
    let request: ClientRequest;
    try {
      request = this.#origin.send(this.#sent);
    } catch {
      this.#fail('_OTHER');
      return;
    }
    this.#request = request;
    request.on('error', (error) => this.#failed(failureOf(error)));
    request.on('continue', this.#events.continued);
    request.on('information', ({ statusCode, headers }) => this.#events.informed(statusCode, headers));
    request.on('upgrade', (_answer, socket) => {
      socket.destroy();
      this.#fail('invalid_answer');
    });
    request.on('response', (answer) => {
      answer.on('error', () => {});
      this.#events.answered(answer);
    });
    request.on('socket', (socket) => {
      const { connecting } = socket;
      const secure = (socket as TLSSocket).encrypted === true;
      if (!connecting) this.#begin(request);
      else socket.once(secure ? 'secureConnect' : 'connect', () => this.#begin(request));
    });
  }

  /** Ends it; nothing is heard of it any more but the end of an answer that has begun. */
  stop(): void {
    this.#over = true;
    clearTimeout(this.#retry);
    this.#request?.destroy();
  }

  #begin(request: ClientRequest): void {
    if (this.#over || request.destroyed) return;
    this.#connected = true;
    this.#events.connected(request);
  }

  #failed(failure: Failure): void {
    if (!this.#connected && !this.#retry && RETRIED.includes(failure)) {
      this.#retry = setTimeout(() => this.start(), RETRY_MS);
      return;
    }
    this.#fail(failure);
  }

  #fail(failure: Failure): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.failed(failure);
  }
}
