import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { duration } from '../receive/app.ts';
import { awaitsContinue, endsConnection } from '../receive/gate.ts';
import { writeRefusal } from '../receive/refuse.ts';
import { closeWith } from '../receive/server/server.ts';
import { type Outcome, Rejection, reject, type TransportReason } from '../rejection.ts';
import { answerInstead, passBody, passHead, passInformation } from './answer.ts';
import { Attempt } from './attempt.ts';
import { PassingBody } from './body.ts';
import { type Failure, wordsOf } from './failure.ts';
import { prove } from './gate.ts';
import { type AnsweredBy, answered, clientDuration } from './measure.ts';
import type { Sent } from './origin.ts';
import type { ForwardRoom } from './room.ts';
import type { Route } from './routes.ts';
import type { Tally } from './tally.ts';

export interface Passage {
  readonly room: ForwardRoom;
  readonly route: Route;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The path that was asked for. */
  readonly path: string;
  /** What the application is sent. */
  readonly sent: Sent;
  readonly tally: Tally | undefined;
  /** So many bytes of the body are kept. */
  readonly keep: number;
}

/** One request on its way to the application and back, and what is counted beside it. */
export class Exchange {
  readonly #of: Passage;
  readonly #body: PassingBody;
  readonly #attempt: Attempt;
  readonly #deadline: NodeJS.Timeout;
  readonly #startedMs = performance.now();
  #sentMs: number | undefined;
  #continued = false;
  #answer: IncomingMessage | undefined;
  #failure: Failure | undefined;
  #by: AnsweredBy = 'nobody';
  /** Writes the answer that is ready, once the count is settled. */
  #proceed: (() => void) | undefined;
  #over = false;
  readonly #onOver: () => void;

  constructor(passage: Passage, onOver: () => void) {
    const { req, res, route, sent } = passage;
    this.#of = passage;
    this.#onOver = onOver;
    this.#deadline = setTimeout(() => this.#late(), route.timeoutMs);
    this.#body = new PassingBody(req, passage.keep, {
      complete: (copy) => copy && this.#complete(copy),
      over: () => this.#tooLarge(),
      broken: (outcome) => this.#broken(outcome),
    });
    this.#attempt = new Attempt(route.origin, sent, {
      connected: (request) => this.#connected(request),
      continued: () => this.#goOn(),
      informed: (status, headers) => passInformation(status, headers, res),
      answered: (answer) => this.#answered(answer),
      failed: (failure) => this.#fail(failure),
    });
    res.on('close', () => this.#closed());
  }

  start(): void {
    const { req, route, room } = this.#of;
    if (!route.rejectUnverified) {
      // The end of a connection that waits for its next request is seen before this one is sent on it.
      setImmediate(() => this.#send());
      return;
    }
    const refused = awaitsContinue(req) ? room.callbacks.verifier.refusesHead(req) : undefined;
    if (refused) return void this.#refuse(refused);
    if (awaitsContinue(req)) this.#goOn();
    this.#body.flow();
  }

  #send(): void {
    if (this.#over || this.#by !== 'nobody') return;
    this.#sentMs = performance.now();
    this.#attempt.start();
  }

  #connected(request: ClientRequest): void {
    const { req, route } = this.#of;
    if (route.rejectUnverified) return void request.end(this.#proved?.length ? this.#proved : undefined);
    this.#body.flowTo(request);
    // A head does not wait for a body that is slow to come.
    if (!req.complete) setImmediate(() => request.destroyed || request.flushHeaders());
  }

  #goOn(): void {
    const { req, res } = this.#of;
    if (this.#continued || req.httpVersion === '1.0' || res.headersSent) return;
    this.#continued = true;
    res.writeContinue();
  }

  /** The body, where it was verified before it goes on. */
  #proved: Buffer | undefined;

  #complete(copy: Buffer): void {
    const { req, route, path, room, tally } = this.#of;
    if (!route.rejectUnverified) return void tally?.count(req, path, copy);
    this.#proved = Buffer.from(copy);
    const proof = prove(req, route.feed?.name ?? '', path, copy, room.callbacks);
    if (proof instanceof Rejection) return this.#refuse(proof);
    tally?.count(req, path, copy, proof);
    this.#send();
  }

  #tooLarge(): void {
    const rejection = reject('body_too_large');
    if (this.#of.route.rejectUnverified) this.#refuse(rejection);
    else this.#of.tally?.fail(rejection);
  }

  #refuse(rejection: Rejection): void {
    if (this.#over || this.#by !== 'nobody') return;
    const { req, res, room, route, tally } = this.#of;
    clearTimeout(this.#deadline);
    this.#by = 'agent';
    room.callbacks.events.refused(rejection, route.feed?.name);
    if (tally) tally.settle(rejection.reason);
    else room.onTransportError(rejection.reason);
    writeRefusal(req, res, rejection, 'GET, POST');
  }

  #answered(answer: IncomingMessage): void {
    this.#answer = answer;
    answer.on('close', () => answer.complete || this.#fail('connection_reset'));
    this.#whenCounted(() => this.#pass(answer));
  }

  #pass(answer: IncomingMessage): void {
    const { res } = this.#of;
    this.#close();
    try {
      passHead(answer, res);
    } catch {
      return this.#fail('invalid_answer');
    }
    this.#by = 'application';
    this.#deadline.refresh();
    answer.on('end', () => this.#measure());
    passBody(answer, res, () => this.#deadline.refresh());
  }

  #fail(failure: Failure): void {
    if (this.#over || this.#failure) return;
    this.#failure = failure;
    const { room, route, res } = this.#of;
    this.#measure();
    this.#attempt.stop();
    const message = `${route.path}: the application ${wordsOf(failure)}`;
    room.callbacks.events.event('warn', `forward:${route.path}:${failure}`, message);
    // The client must not take half an answer for a whole one.
    if (this.#by !== 'nobody') return void res.destroy();
    this.#body.drop();
    this.#whenCounted(() => {
      this.#by = route.fallback ? 'fallback' : 'agent';
      this.#close();
      answerInstead(failure, route.fallback, res);
    });
  }

  /** The answer waits for the count, but not for a body that is not asked for, nor beyond the deadline. */
  #whenCounted(proceed: () => void): void {
    const { req, tally } = this.#of;
    const once = () => {
      if (this.#over || this.#proceed !== once) return;
      this.#proceed = undefined;
      try {
        proceed();
      } catch {
        // Nobody else would hear of it: a count calls back from a promise.
        this.#fail('_OTHER');
      }
    };
    this.#proceed = once;
    const unasked = awaitsContinue(req) && !this.#continued && !req.complete;
    if (!tally || unasked || this.#isLate) once();
    else tally.whenSettled(() => this.#proceed?.());
  }

  #isLate = false;

  #late(): void {
    this.#isLate = true;
    if (this.#by === 'application') this.#fail('timeout');
    else if (this.#proceed) this.#proceed();
    else if (this.#sentMs === undefined) this.#of.res.destroy();
    else this.#fail('timeout');
  }

  /** Says that the connection ends with this answer, where it does. */
  #close(): void {
    const { req, res, room } = this.#of;
    const unread = awaitsContinue(req) && !this.#continued && !req.complete;
    if (endsConnection(req) || unread) res.setHeader('Connection', 'close');
    else if (room.state.stage !== 'open') closeWith(res);
  }

  /** The request broke off: nobody is there to be answered, or the server has answered already. */
  #broken(outcome: Outcome): void {
    const { tally, room } = this.#of;
    if (tally) tally.settle(outcome);
    else if (outcome !== 'aborted') room.onTransportError(outcome as TransportReason);
    this.#failure ??= 'client_aborted';
    this.#end();
  }

  #closed(): void {
    const { res, room, req, route, tally } = this.#of;
    // Answered before its body was whole: Node tells nobody any more when that breaks off.
    if (!req.complete) {
      if (req.socket.destroyed) tally?.settle('aborted');
      else req.socket.once('close', () => tally?.settle('aborted'));
    }
    if (!res.writableFinished) this.#failure ??= 'client_aborted';
    if (res.headersSent && !this.#over) {
      const took = performance.now() - this.#startedMs;
      room.instruments.record([duration(route.path, req.method ?? '', res.statusCode, took)]);
    }
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#measure();
    this.#over = true;
    clearTimeout(this.#deadline);
    if (!this.#answer?.complete) this.#attempt.stop();
    this.#of.room.instruments.record([answered(this.#of.route.path, this.#by)]);
    this.#onOver();
  }

  #measure(): void {
    if (this.#sentMs === undefined) return;
    const { room, route, req } = this.#of;
    const took = performance.now() - this.#sentMs;
    const status = this.#answer?.statusCode;
    room.instruments.record([clientDuration(route.path, req.method ?? '', status, this.#failure, took)]);
    this.#sentMs = undefined;
  }
}
