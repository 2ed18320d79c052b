import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What the fake knows of one account, in the words of Twilio's API. */
export interface FakeAccount {
  /** User names (the account's or a key's SID) and their secrets. */
  readonly credentials: Record<string, string>;
  balance: unknown;
  currency: unknown;
  records: Record<string, unknown>[];
  /** Paths that its credentials may not read. */
  forbidden?: RegExp;
}

/** What else is at Twilio: the answer to a path that is its own, for the account that asks; nothing for any other path. */
export type Resource = (asked: { path: string; query: URLSearchParams; account: string }) => unknown;

/** What goes wrong with one request. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: unknown;
    }
  | { readonly kind: 'text'; readonly body: string }
  /** The answer is complete after this long. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Bytes come, but the answer never ends. */
  | { readonly kind: 'drip' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'next_page'; readonly uri: string };

export interface Seen {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly user: string;
  readonly atMs: number;
}

/** A stateful stand-in for `https://api.twilio.com`: accounts, paging, and every way in which an API fails. */
export class FakeTwilio {
  readonly accounts = new Map<string, FakeAccount>();
  readonly seen: Seen[] = [];
  readonly resources: Resource[] = [];
  /** How far its clock is ahead. */
  aheadMs = 0;
  /** The most requests that were open at the same time. */
  mostInFlight = 0;
  /** Twilio's own maximum is 1000. */
  maxPageSize = 1_000;
  #inFlight = 0;
  #faults: { readonly fault: Fault; times: number; readonly path: RegExp }[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((req, res) => this.#answer(req, res));

  static async start(): Promise<FakeTwilio> {
    const fake = new FakeTwilio();
    fake.#server.on('connection', (socket) => {
      fake.#sockets.add(socket);
      socket.on('close', () => fake.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Lets the next requests to matching paths fail, every one of them unless told how many. */
  fail(fault: Fault, { times = Number.POSITIVE_INFINITY, path = /./ }: { times?: number; path?: RegExp } = {}): void {
    this.#faults.push({ fault, times, path });
  }

  heal(): void {
    this.#faults = [];
  }

  #answer(req: IncomingMessage, res: ServerResponse): void {
    this.#inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    res.on('close', () => this.#inFlight--);
    const url = new URL(req.url ?? '/', this.url);
    const [user = '', secret = ''] = Buffer.from((req.headers.authorization ?? '').replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':');
    this.seen.push({ path: url.pathname, query: url.searchParams, user, atMs: performance.now() });
    res.setHeader('Date', new Date(Date.now() + this.aheadMs).toUTCString());
    const planned = this.#faults.find(({ times, path }) => times > 0 && path.test(url.pathname));
    if (planned) planned.times--;
    const { status, body } = this.#answerOf(url, user, secret);
    if (planned) return breakAnswer(planned.fault, status, body, res);
    send(res, status, JSON.stringify(body));
  }

  #answerOf(url: URL, user: string, secret: string): { status: number; body: unknown } {
    const other = this.#resourceOf(url, user, secret);
    if (other) return other;
    const [, sid = '', what] = /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})\/(.*)\.json$/.exec(url.pathname) ?? [];
    const account = this.accounts.get(sid);
    if (!account || !Object.hasOwn(account.credentials, user) || account.credentials[user] !== secret) {
      return { status: 401, body: { code: 20003, message: `Authenticate: ${user}`, status: 401 } };
    }
    if (what === 'Balance') {
      return { status: 200, body: { account_sid: sid, balance: account.balance, currency: account.currency } };
    }
    if (what === 'Usage/Records/Today') return { status: 200, body: this.#page(url, account) };
    return { status: 404, body: { code: 20404, message: 'not found', status: 404 } };
  }

  /** What one of the further resources says. Of products beside the first the user's account is meant. */
  #resourceOf({ pathname: path, searchParams: query }: URL, user: string, secret: string) {
    const named = /\/Accounts\/(AC[0-9a-f]{32})/.exec(path)?.[1] ?? '';
    // A parent's credentials are good for its subaccounts, too.
    const account = this.accounts.has(named)
      ? named
      : ([...this.accounts].find(([, { credentials }]) => Object.hasOwn(credentials, user))?.[0] ?? '');
    if (this.accounts.get(account)?.credentials[user] !== secret) return undefined;
    if (this.accounts.get(account)?.forbidden?.test(path)) {
      return { status: 403, body: { code: 70_051, message: 'forbidden', status: 403 } };
    }
    for (const resource of this.resources) {
      const body = resource({ path, query, account });
      if (body !== undefined) return { status: 200, body };
    }
    return undefined;
  }

  #page({ pathname, searchParams }: URL, { records }: FakeAccount): unknown {
    const size = Math.min(Number(searchParams.get('PageSize') ?? 50), this.maxPageSize);
    const page = Number(searchParams.get('Page') ?? 0);
    const uri = (at: number) => `${pathname}?PageSize=${size}&Page=${at}&PageToken=PT${at}`;
    const end = (page + 1) * size;
    return {
      first_page_uri: uri(0),
      uri: uri(page),
      next_page_uri: end < records.length ? uri(page + 1) : null,
      previous_page_uri: page > 0 ? uri(page - 1) : null,
      page,
      page_size: size,
      start: page * size,
      end: Math.min(end, records.length) - 1,
      usage_records: records.slice(page * size, end),
    };
  }
}

function send(res: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers });
  res.end(body);
}

function breakAnswer(fault: Fault, status: number, body: unknown, res: ServerResponse): void {
  const text = JSON.stringify(body);
  switch (fault.kind) {
    case 'status':
      return send(
        res,
        fault.status,
        JSON.stringify(fault.body ?? { code: 20500, status: fault.status }),
        fault.headers,
      );
    case 'text':
      return send(res, status, fault.body);
    case 'slow':
      setTimeout(() => send(res, status, text), fault.ms);
      return;
    case 'drip': {
      res.writeHead(status, { 'content-type': 'application/json' });
      const timer = setInterval(() => res.write(' '), 10);
      res.on('close', () => clearInterval(timer));
      return;
    }
    case 'hang':
      return;
    case 'cut':
      res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      res.write(text.slice(0, Math.floor(text.length / 2)), () => res.socket?.destroy());
      return;
    case 'reset':
      res.socket?.resetAndDestroy();
      return;
    case 'next_page':
      return send(res, status, JSON.stringify({ ...(body as object), next_page_uri: fault.uri }));
  }
}

/** A usage record in the shape of Twilio's OpenAPI document. */
export const usageRecord = (category: string, over: Record<string, unknown> = {}): Record<string, unknown> => ({
  account_sid: SID,
  api_version: '2010-04-01',
  as_of: '2026-11-25T10:00:00+00:00',
  category,
  count: '12',
  count_unit: 'messages',
  description: category,
  start_date: '2026-11-25',
  end_date: '2026-11-25',
  price: '0.0948',
  price_unit: 'usd',
  subresource_uris: {},
  uri: `/2010-04-01/Accounts/${SID}/Usage/Records/Today.json?Category=${category}`,
  usage: '12',
  usage_unit: 'messages',
  ...over,
});

export const SID = `AC${'0123456789abcdef'.repeat(2)}`;
export const TOKEN = 'a-token-that-must-appear-nowhere';

/** The account that most tests use. */
export const account = (over: Partial<FakeAccount> = {}): FakeAccount => ({
  credentials: { [SID]: TOKEN },
  balance: '12.34',
  currency: 'USD',
  records: [usageRecord('sms-outbound'), usageRecord('totalprice', { usage: '0.0948', usage_unit: 'usd' })],
  ...over,
});
