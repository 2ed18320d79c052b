import { connect, type Socket } from 'node:net';

/** A kept-alive connection with one request under way at a time. */
export class Connection {
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

/** One request on a connection of its own. */
export async function sendOnce(port: number, bytes: string): Promise<number | undefined> {
  const connection = new Connection(port);
  const status = await connection.send(bytes);
  connection.close();
  return status;
}
