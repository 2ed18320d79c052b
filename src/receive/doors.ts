import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '../config/values.ts';

const BACKLOG = 4_096;

/** The servers of one agent and where each listens: opened together, closed together. */
export class Doors {
  readonly #doors: { readonly server: Server; readonly endpoint: Endpoint }[];

  constructor(doors: readonly { readonly server: Server; readonly endpoint: Endpoint }[]) {
    this.#doors = [...doors];
  }

  /** The port of the first door, which the system chose where the configuration says 0. */
  get firstPort(): number {
    return portOf(this.#doors[0]!.server);
  }

  get lastPort(): number {
    return portOf(this.#doors.at(-1)!.server);
  }

  /** Opens all, or rejects with the error of the first that cannot be opened. */
  async open(): Promise<void> {
    let port: number | undefined;
    for (const door of [...this.#doors]) {
      const { server, endpoint } = door;
      // Both loopback addresses have one port, also where the system chooses it.
      const wanted = endpoint.host === '::1' && port !== undefined ? port : endpoint.port;
      try {
        await listen(server, { host: endpoint.host, port: wanted });
      } catch (error) {
        if (!hasNoIpv6(endpoint, error as NodeJS.ErrnoException)) throw error;
        this.#doors.splice(this.#doors.indexOf(door), 1);
        continue;
      }
      port ??= portOf(server);
    }
  }

  /** Lets nobody in any more; resolves when the last connection is gone. */
  async close(): Promise<void> {
    await Promise.all(this.#doors.map(({ server }) => close(server)));
  }

  /** Ends what is still open. */
  closeAllConnections(): void {
    for (const { server } of this.#doors) server.closeAllConnections();
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** A machine without IPv6 serves its trial on 127.0.0.1 alone. */
const hasNoIpv6 = ({ host }: Endpoint, { code }: NodeJS.ErrnoException): boolean =>
  host === '::1' && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT');

function listen(server: Server, { host, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
  });
}
