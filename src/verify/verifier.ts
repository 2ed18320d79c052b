import type { IncomingMessage } from 'node:http';
import type { Parameters } from '../feeds/parameters.ts';
import { type Rejection, reject } from '../rejection.ts';
import { requestOrigin, TrustedProxies } from './proxy.ts';
import { loggable, signedVariants } from './public-url.ts';
import { SignedText, type SigningKey, signingKey } from './signature.ts';
import { seemsPassedOn } from './trial.ts';

export interface Account {
  /** Absent when one token serves whatever account sends. */
  readonly accountSid?: string;
  /** The first is the primary; more while a token is rotated. */
  readonly authTokens: readonly string[];
}

export interface VerifierOptions {
  /** No account means that nothing can be verified: `unsigned` then says what is accepted. */
  readonly accounts: readonly Account[];
  readonly unsigned: 'trial' | 'anywhere';
  readonly publicUrls: readonly string[];
  /** Exact public URLs of single families, which do not follow the local path. */
  readonly familyUrls: Readonly<Record<string, readonly string[]>>;
  readonly trustedProxies: readonly string[];
}

/** A request that may be counted. */
export interface Verified {
  readonly parameters: Parameters;
  /** What was signed of them, without separators; absent where separators were signed too, or nothing was. */
  readonly signed: SignedText | undefined;
}

/** The most tokens of one account; they are label values by position. */
export const TOKEN_INDEXES = ['0', '1', '2', '3'] as const;

/** Decides whether a request is Twilio's. What was verified is what is used: nothing is parsed twice. */
export class Verifier {
  /** Valid signatures by the position of their token. */
  readonly verifiedByToken = TOKEN_INDEXES.map(() => 0);
  readonly #keys = new Map<string | undefined, readonly SigningKey[]>();
  readonly #bases = new Map<string, readonly string[]>();
  readonly #unsigned: VerifierOptions['unsigned'];
  readonly #familyUrls: Readonly<Record<string, readonly string[]>>;
  readonly #publicUrls: readonly string[];
  readonly #proxies: TrustedProxies;

  constructor(options: VerifierOptions) {
    for (const account of options.accounts) {
      this.#keys.set(account.accountSid, account.authTokens.map(signingKey));
    }
    this.#unsigned = options.unsigned;
    this.#familyUrls = options.familyUrls;
    this.#publicUrls = options.publicUrls;
    this.#proxies = new TrustedProxies(options.trustedProxies);
  }

  /** True when callbacks must carry a valid signature. */
  get signed(): boolean {
    return this.#keys.size > 0;
  }

  /** False in local trial, where made-up SIDs are welcome. */
  get strictSids(): boolean {
    return this.signed || this.#unsigned === 'anywhere';
  }

  /**
   * What was verified, when the request is Twilio's or when unsigned ones are accepted from its peer; else why not.
   * Nothing is thrown: in a flood of forged requests that would cost as much as the hashing.
   */
  verify(
    req: IncomingMessage,
    family: string,
    path: string,
    query: string,
    parameters: Parameters,
  ): Verified | Rejection {
    const refused = this.refusesHead(req);
    if (refused) return refused;
    if (!this.signed) return { parameters, signed: undefined };
    const signature = req.headers['x-twilio-signature'];
    const keys = this.#keysOf(parameters);
    if (!keys) return reject('account_unknown');
    // The URL is signed to the byte: a "?" with nothing after it is part of it.
    const mark = query !== '' || req.url?.endsWith('?') ? '?' : '';
    const body = req.method === 'GET' || parameters.count === 0 ? undefined : parameters;
    const text = new SignedText(mark + query, body);
    const urls = this.#urls(req, family, path);
    for (const url of urls) {
      for (let index = 0; index < keys.length; index++) {
        if (!text.isSignedBy(keys[index]!, url, signature as string)) continue;
        this.verifiedByToken[index] = (this.verifiedByToken[index] ?? 0) + 1;
        return { parameters, signed: body && text };
      }
    }
    return reject('signature_invalid', undefined, () => tried(urls));
  }

  /** Why the request is refused whatever its body may be, if its head shows that. */
  refusesHead(req: IncomingMessage): Rejection | undefined {
    if (this.signed) return req.headers['x-twilio-signature'] === undefined ? reject('signature_missing') : undefined;
    const shown = this.#unsigned === 'trial' ? seemsPassedOn(req) : undefined;
    return shown === undefined ? undefined : reject('trial_only', shown);
  }

  /** `AccountSid` is the sender's word until the signature holds: it only chooses a key, and an unknown one fails. */
  #keysOf(parameters: Parameters): readonly SigningKey[] | undefined {
    const at = parameters.find('AccountSid');
    const accountSid = at === -1 ? undefined : parameters.value(at);
    const keys = this.#keys.get(accountSid) ?? this.#keys.get(undefined);
    if (keys) return keys;
    return !accountSid && this.#keys.size === 1 ? [...this.#keys.values()][0] : undefined;
  }

  #urls(req: IncomingMessage, family: string, path: string): readonly string[] {
    const own = this.#familyUrls[family];
    const configured = own?.length || this.#publicUrls.length;
    if (!configured) {
      const origin = requestOrigin(req.headers, this.#proxies.has(req.socket.remoteAddress));
      return origin ? signedVariants(origin + path) : [];
    }
    let urls = this.#bases.get(family);
    if (!urls) {
      // A family with URLs of its own answers to them and to its place under the public URLs alike.
      const all = [...(own ?? []), ...this.#publicUrls.map((base) => base + path)];
      this.#bases.set(family, (urls = [...new Set(all.flatMap(signedVariants))]));
    }
    return urls;
  }
}

const tried = (urls: readonly string[]): string =>
  `tried ${urls.length > 0 ? [...new Set(urls.map(loggable))].join(', ') : 'no URL: the Host header is unusable'}`;
