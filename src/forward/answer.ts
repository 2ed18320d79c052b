import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Failure, statusOf, wordsOf } from './failure.ts';
import { answerHeaders, trailers } from './headers.ts';
import type { Fallback } from './routes.ts';

/** Writes the head of the application's answer as it came. Throws where a head cannot be written. */
export function passHead(answer: IncomingMessage, res: ServerResponse): void {
  const chunks = answer.headers['transfer-encoding'] !== undefined && res.req.httpVersion !== '1.0';
  res.sendDate = false;
  res.writeHead(answer.statusCode!, answer.statusMessage!, answerHeaders(answer.rawHeaders, chunks) as never);
}

/** Passes the body of the answer on at the pace of both; `onMoved` is called whenever some of it went on. */
export function passBody(answer: IncomingMessage, res: ServerResponse, onMoved: () => void): void {
  answer.on('data', (chunk: Buffer) => {
    onMoved();
    if (!res.write(chunk)) answer.pause();
  });
  res.on('drain', () => {
    onMoved();
    answer.resume();
  });
  answer.on('end', () => {
    const fields = trailers(answer.rawTrailers);
    if (fields.length > 0) res.addTrailers(fields);
    res.end();
  });
}

/** Tells the client what the application tells it before its answer. HTTP/1.0 knows no such thing. */
export function passInformation(status: number, headers: NodeJS.Dict<string | string[]>, res: ServerResponse): void {
  if (res.req.httpVersion === '1.0' || res.headersSent) return;
  if (status === 102) res.writeProcessing();
  if (status !== 103 || headers['link'] === undefined) return;
  try {
    res.writeEarlyHints({ link: headers['link'] });
  } catch {
    // Node is strict about links. A hint that it does not take is left out; the answer is what counts.
  }
}

/** Answers in place of the application. */
export function answerInstead(failure: Failure, fallback: Fallback | undefined, res: ServerResponse): void {
  const body = fallback?.body ?? Buffer.from(`${failure}: the application ${wordsOf(failure)}\n`);
  const type = fallback ? fallback.contentType : 'text/plain; charset=utf-8';
  res.writeHead(fallback?.status ?? statusOf(failure), { 'Content-Type': type, 'Content-Length': body.length });
  res.end(body);
}
