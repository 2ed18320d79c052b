import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A request as its bytes say it is, read by the few rules that a test needs and not by Node. */
export interface Received {
  readonly line: string;
  /** Names and values in turn, as they stood there. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly trailers: readonly string[];
}

/** What the application does once a request is complete: the bytes of its answer, or something with its socket. */
export type Answer = (request: Received, socket: Socket) => Buffer | string | undefined;

const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n';

/** An application on a bare socket: it records every byte that reaches it. */
export class Upstream {
  readonly requests: Received[] = [];
  /** All that came, by connection. */
  readonly bytes: Buffer[] = [];
  readonly sockets = new Set<Socket>();
  connections = 0;
  answer: Answer = () => NO_CONTENT;
  /** Called when the head of a request is there, before its body is. */
  onHead: ((head: string, socket: Socket) => void) | undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(port = 0, host = '127.0.0.1'): Promise<Upstream> {
    const upstream = new Upstream();
    await new Promise<void>((resolve, reject) => {
      upstream.#server.once('error', reject);
      upstream.#server.listen(port, host, resolve);
    });
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The last request; throws where there was none. */
  get last(): Received {
    const last = this.requests.at(-1);
    if (!last) throw new Error('no request reached the application');
    return last;
  }

  forget(): void {
    this.requests.length = 0;
    this.bytes.length = 0;
  }

  stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    const at = this.connections++;
    this.bytes[at] = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    let rest: Buffer = Buffer.alloc(0);
    let headTold = false;
    socket.on('data', (chunk: Buffer) => {
      this.bytes[at] = Buffer.concat([this.bytes[at] ?? Buffer.alloc(0), chunk]);
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const headEnd = rest.indexOf('\r\n\r\n');
        if (headEnd !== -1 && !headTold) {
          headTold = true;
          this.onHead?.(rest.toString('latin1', 0, headEnd), socket);
        }
        const parsed = parseMessage(rest);
        if (!parsed) return;
        rest = parsed.rest;
        headTold = false;
        this.requests.push(parsed.message);
        const answer = this.answer(parsed.message, socket);
        if (answer !== undefined) socket.write(answer);
      }
    });
  }
}

/** The first whole message, and what comes behind it. With `bare` a message without a length has no body; else it ends the text. */
export function parseMessage(
  bytes: Buffer,
  { noBody = false, untilEnd = false } = {},
): { message: Received; rest: Buffer } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [line = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = fields(lines);
  const start = headEnd + 4;
  const framed = (body: Buffer, end: number, trailers: readonly string[] = []) => ({
    message: { line, headers, body, trailers },
    rest: bytes.subarray(end),
  });
  if (noBody) return framed(Buffer.alloc(0), start);
  if (find(headers, 'transfer-encoding') !== undefined) return chunks(bytes, start, framed);
  const length = find(headers, 'content-length');
  if (length === undefined)
    return untilEnd ? framed(bytes.subarray(start), bytes.length) : framed(Buffer.alloc(0), start);
  const end = start + Number(length);
  return bytes.length < end ? undefined : framed(bytes.subarray(start, end), end);
}

function chunks<T>(
  bytes: Buffer,
  start: number,
  framed: (body: Buffer, end: number, trailers: readonly string[]) => T,
) {
  const parts: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (size === 0) {
      const end = bytes.indexOf('\r\n\r\n', lineEnd);
      if (end === -1) return undefined;
      const lines = bytes
        .toString('latin1', lineEnd + 2, end)
        .split('\r\n')
        .filter(Boolean);
      return framed(Buffer.concat(parts), end + 4, fields(lines));
    }
    if (bytes.length < lineEnd + 2 + size + 2) return undefined;
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

const fields = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
  });

export function find(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]!.toLowerCase() === name) return headers[i + 1];
  return undefined;
}
