import type { Credentials } from '../../twilio-api/account.ts';
import { ApiFailure, asFailure, failureOfStatus } from '../../twilio-api/failure.ts';
import { ask } from '../http.ts';

/** The parts of Twilio's API that the doctor reads, each on a host of its own. */
export type Product = 'api' | 'messaging' | 'events' | 'monitor';

export type Item = Readonly<Record<string, unknown>>;

const PAGE_SIZE = 1_000;
const MOST_PAGES = 20;
/** So much of one list is looked at: more tells an operator nothing else. */
export const MOST_ITEMS = MOST_PAGES * PAGE_SIZE;

/** What is listed, where, and how Twilio names it. */
export interface Listed {
  readonly product: Product;
  /** Below the account for `api`, below `/v1` for the others. */
  readonly path: string;
  /** The member of an answer that holds the items. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** Reads one account through Twilio's API, one request at a time. It changes nothing there. */
export class AccountApi {
  readonly credentials: Credentials;
  /** How an operator knows the account; empty where there is one only. */
  readonly label: string;
  /** False once the credentials turned out to be refused, or the API to be out of reach. */
  usable = true;
  /** Keys of lists that the credentials may not read. */
  readonly unreadable = new Set<string>();
  /** Of what its Event Streams tell the agent: a status callback is then one road of two. */
  readonly streams = { message: false, call: false };
  /** How far Twilio's clock was ahead at the last answer. */
  aheadMs: number | undefined;
  readonly #endpoint: string;
  readonly #timeoutMs: number;
  readonly #wallMs: () => number;

  constructor(
    credentials: Credentials,
    {
      endpoint,
      timeoutMs,
      wallMs,
      label,
    }: { endpoint: string; timeoutMs: number; wallMs: () => number; label: string },
  ) {
    this.credentials = credentials;
    this.label = label;
    this.#endpoint = endpoint.replace(/\/+$/, '');
    this.#timeoutMs = timeoutMs;
    this.#wallMs = wallMs;
  }

  /** The URL of a path of a product. A proxy or a mock server in Twilio's place serves all products on one host. */
  urlOf(product: Product, path: string): string {
    const root = this.#endpoint.replace(/^https:\/\/api\.(?=(?:[\w-]+\.)*twilio\.com$)/, `https://${product}.`);
    if (product !== 'api') return `${root}/v1/${path}`;
    return `${root}/2010-04-01/Accounts/${this.credentials.accountSid}${path === '' ? '' : `/${path}`}.json`;
  }

  /** The list of accounts that it may see: itself, and those below it. */
  get accountsUrl(): string {
    return `${this.#endpoint}/2010-04-01/Accounts.json`;
  }

  /** One JSON object. Throws an `ApiFailure`. */
  async get(url: string, signIn: Pick<Credentials, 'username' | 'password'> = this.credentials): Promise<Item> {
    const basic = Buffer.from(`${signIn.username}:${signIn.password}`).toString('base64');
    const startedMs = this.#wallMs();
    try {
      const headers = { Authorization: `Basic ${basic}`, Accept: 'application/json' };
      const answer = await ask(url, { headers, timeoutMs: this.#timeoutMs });
      const dateMs = Date.parse(answer.headers.date ?? '');
      // Half of the way there and back; a second of Twilio's is cut to its beginning.
      if (dateMs) this.aheadMs = dateMs + 500 - (startedMs + this.#wallMs()) / 2;
      const body = JSON.parse(answer.text) as Item;
      if (answer.status === 200) return body;
      const code = typeof body?.['code'] === 'number' ? { code: body['code'] } : {};
      throw new ApiFailure(failureOfStatus(answer.status), { status: answer.status, ...code });
    } catch (error) {
      throw error instanceof SyntaxError ? new ApiFailure('malformed') : asFailure(error);
    }
  }

  /** The items of a list, page by page. */
  async list({ product, path, key, query = {} }: Listed): Promise<Item[]> {
    const items: Item[] = [];
    let url: string | undefined =
      `${this.urlOf(product, path)}?${new URLSearchParams({ PageSize: String(PAGE_SIZE), ...query })}`;
    for (let pages = 0; url !== undefined && pages < MOST_PAGES; pages++) {
      const page = await this.get(url);
      const found = page[key];
      if (!Array.isArray(found)) throw new ApiFailure('malformed');
      items.push(...(found as Item[]));
      url = nextOf(page, url);
    }
    return items;
  }
}

/** The next page, at the same host only: the credentials go nowhere else. */
function nextOf(page: Item, url: string): string | undefined {
  const meta = page['meta'] as Item | undefined;
  const next = page['next_page_uri'] ?? meta?.['next_page_url'];
  if (typeof next !== 'string' || next === '') return undefined;
  const absolute = new URL(next, url);
  if (absolute.origin !== new URL(url).origin) throw new ApiFailure('page_loop');
  return absolute.href;
}

/** What a failure is, in words that hold nothing of an account. */
export const describeFailure = ({ kind, detail }: ApiFailure): string => {
  const more = [detail.status, detail.code].filter((each) => each !== undefined);
  return more.length > 0 ? `${kind} (${more.join(', ')})` : kind;
};
