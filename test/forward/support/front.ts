import { connect } from 'node:net';
import { TestAgent } from '../../receive/support/agent.ts';
import { type Pair, PUBLIC_URL, signature, signed } from '../../receive/support/wire.ts';
import { Upstream } from './upstream.ts';

export const STATUS = '/twilio/status';

type RouteSettings = Readonly<Record<string, unknown>>;

/** An application, and an agent in front of it: one counted path, and everything below `/twilio/`. */
export class Front {
  readonly app: Upstream;
  readonly agent: TestAgent;

  private constructor(app: Upstream, agent: TestAgent) {
    this.app = app;
    this.agent = agent;
  }

  static async start(more: RouteSettings = {}, settings: Readonly<Record<string, string>> = {}): Promise<Front> {
    const app = await Upstream.start();
    const routes = [
      { path: STATUS, to: app.url, family: 'message', ...more },
      { path: '/twilio/*', to: app.url, ...more },
    ];
    return new Front(app, await TestAgent.start({ 'receivers.twilio.forward': JSON.stringify(routes), ...settings }));
  }

  get port(): number {
    return this.agent.port;
  }

  /** Sends bytes on a connection of its own, and resolves with all that comes until it is closed or `ends` says so. */
  send(bytes: Buffer | string, ends: (received: Buffer) => boolean = hasWholeHead): Promise<Buffer> {
    return talk(this.port, bytes, ends);
  }

  /** The series of a metric on the page, with their values. */
  async series(name: string): Promise<Record<string, number>> {
    const lines = (await this.agent.page()).split('\n').filter((line) => line.startsWith(name) && !line.endsWith(' 0'));
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  }

  async stop(): Promise<void> {
    await this.agent.stop();
    await this.app.stop();
  }
}

const hasWholeHead = (received: Buffer): boolean => received.includes('\r\n\r\n');

export function talk(port: number, bytes: Buffer | string, ends: (received: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const done = () => {
      socket.destroy();
      resolve(received);
    };
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (ends(received)) done();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
}

/** A callback to the counted path, signed for its public URL. */
export const callback = (pairs: readonly Pair[], more: Parameters<typeof signed>[1] = {}): Buffer =>
  signed(pairs, { target: STATUS, ...more });

export const signatureAt = (path: string, pairs: readonly Pair[]): string => signature(PUBLIC_URL + path, pairs);
