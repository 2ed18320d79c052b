import type { ClientRequest, IncomingMessage } from 'node:http';
import { Aborted } from '../receive/server/broken.ts';
import type { Outcome } from '../rejection.ts';
import { trailers } from './headers.ts';

export interface BodyEvents {
  /** All of it has arrived; the copy is nobody else's, and absent where the body was over the limit. */
  readonly complete: (copy: Buffer | undefined) => void;
  /** It is larger than what is kept. Told once, before it is complete. */
  readonly over: () => void;
  /** It broke off: nobody is there to be answered. */
  readonly broken: (outcome: Outcome) => void;
}

/** The body of a request on its way to the application, at the pace of both, with a copy of what may be counted. */
export class PassingBody {
  readonly #req: IncomingMessage;
  readonly #limit: number;
  readonly #events: BodyEvents;
  #kept: Buffer[] = [];
  #size = 0;
  #to: ClientRequest | undefined;
  #flows = false;
  #over = false;
  #ended = false;

  /** At most `limit` bytes are kept. Nothing is read before it flows. */
  constructor(req: IncomingMessage, limit: number, events: BodyEvents) {
    this.#req = req;
    this.#limit = limit;
    this.#events = events;
    req.on('error', (error) => this.#break(error));
    req.on('close', () => !req.complete && this.#break(new Aborted()));
  }

  /** Reads; what comes goes to this request from here on, which must have got nothing of a body yet. */
  flowTo(request: ClientRequest): void {
    this.#to = request;
    request.on('drain', () => this.#req.resume());
    // It answers early, and closes.
    request.on('close', () => this.#to === request && this.drop());
    this.flow();
  }

  /** Reads on without an application. */
  flow(): void {
    if (this.#flows) return;
    this.#flows = true;
    this.#req.on('data', (chunk: Buffer) => this.#pass(chunk));
    this.#req.on('end', () => this.#end());
  }

  /** The application takes no more: what still comes is only kept. */
  drop(): void {
    this.#to = undefined;
    if (this.#ended) return;
    if (this.#flows) this.#req.resume();
    else this.flow();
  }

  #pass(chunk: Buffer): void {
    if (this.#to && !write(this.#to, chunk)) this.#req.pause();
    this.#size += chunk.length;
    if (this.#size <= this.#limit) this.#kept.push(chunk);
    else if (!this.#over) {
      this.#over = true;
      this.#kept = [];
      this.#events.over();
    }
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const fields = trailers(this.#req.rawTrailers);
    if (this.#to && fields.length > 0) this.#to.addTrailers(fields);
    // Once what was written has left: an end that comes before would go with it as a second, empty piece, which costs more.
    queueMicrotask(() => this.#to?.end());
    // A copy: what reads it writes in it, and the bytes may still be on their way.
    this.#events.complete(this.#over ? undefined : Buffer.concat(this.#kept));
    this.#kept = [];
  }

  #break(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#kept = [];
    this.#events.broken(error instanceof Aborted ? error.outcome : 'aborted');
  }
}

/** So small a piece is text by bytes, which Node sends together with the head in one go: as bytes it costs twice as much. */
const SMALL = 16_384;

const write = (request: ClientRequest, chunk: Buffer): boolean =>
  chunk.length <= SMALL ? request.write(chunk.toString('latin1'), 'latin1') : request.write(chunk);
