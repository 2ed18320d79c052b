import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { pause } from './agent.ts';

/** A client that is up to no good: it sends what it is told to and remembers when it was thrown out. */
export interface Client {
  readonly socket: Socket;
  readonly openedAtMs: number;
  closedAtMs: number | undefined;
}

/** Opens connections, a hundred at a time. */
export async function openClients(port: number, count: number, opened: (client: Client) => void): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    const batch = Array.from({ length: Math.min(100, count - clients.length) }, () => openClient(port));
    for (const client of await Promise.all(batch)) {
      opened(client);
      clients.push(client);
    }
  }
  return clients;
}

async function openClient(port: number): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const client: Client = { socket, openedAtMs: performance.now(), closedAtMs: undefined };
  const closed = () => {
    client.closedAtMs ??= performance.now();
  };
  socket.on('end', closed);
  socket.on('close', closed);
  return client;
}

/** Sends a little more on every connection each second until all are closed or the time is over. */
export async function trickle(clients: readonly Client[], text: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const left = clients.filter(({ closedAtMs }) => closedAtMs === undefined);
    if (left.length === 0) return;
    for (const { socket } of left) if (socket.writable) socket.write(text);
    await pause(1_000);
  }
}

/** How long the median and the longest of them were let stay, in seconds; `Infinity` where one still is there. */
export function stays(clients: readonly Client[]): { readonly median: number; readonly longest: number } {
  const sorted = clients
    .map(({ openedAtMs, closedAtMs = Number.POSITIVE_INFINITY }) => (closedAtMs - openedAtMs) / 1_000)
    .sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1]!, longest: sorted.at(-1)! };
}

export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** The most files that this process, and so one that it starts, may have open. */
export const fileLimit = (): number => {
  const limit = /Max open files\s+(\S+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? '1024';
  return limit === 'unlimited' ? 1_000_000 : Number(limit);
};

/** The CPU time that a process has used, user and system, in seconds. */
export const cpuSeconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
