import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A proxy that writes down what it is asked for, and connects every name to this machine. */
export class RecordingProxy {
  /** Such as `CONNECT backend.test:4318` and `POST http://backend.test:4318/v1/metrics`. */
  readonly asked: string[] = [];
  readonly credentials = new Set<string>();
  readonly #server = createServer((req, res) => {
    this.#note(`${req.method} ${req.url}`, req.headers['proxy-authorization']);
    const { port, pathname } = new URL(req.url!);
    const passed = request({ host: '127.0.0.1', port, path: pathname, method: req.method, headers: req.headers });
    passed.on('response', (answer) => answer.pipe(res.writeHead(answer.statusCode!, answer.headers)));
    passed.on('error', () => res.destroy());
    req.pipe(passed);
  });

  static async start(): Promise<RecordingProxy> {
    const proxy = new RecordingProxy();
    proxy.#server.on('connect', (req, socket, head) => {
      proxy.#note(`CONNECT ${req.url}`, req.headers['proxy-authorization']);
      const target = connect(Number(req.url!.split(':').at(-1)), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        target.write(head);
        socket.pipe(target).pipe(socket);
      });
      for (const end of [socket, target]) end.on('error', () => [socket, target].map((each) => each.destroy()));
    });
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  #note(asked: string, authorization: string | undefined): void {
    this.asked.push(asked);
    if (authorization) this.credentials.add(Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString());
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
