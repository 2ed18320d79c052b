import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Parameters } from '../feeds/parameters.ts';
import { Rejection, reject } from '../rejection.ts';
import { accountOf, bodyHash } from './body.ts';
import { isOneOf } from './own-url.ts';
import { requestOrigin, TrustedProxies } from './proxy.ts';
import { loggable, signedVariants } from './public-url.ts';
import { SETTINGS, signatureSettings } from './settings.ts';
import { SignedText, type SigningKey, signingKey } from './signature.ts';
import { seemsPassedOn } from './trial.ts';

export interface Account {
  /** Absent when one token serves whatever account sends. */
  readonly accountSid?: string;
  /** The first is the primary; more while a token is rotated. */
  readonly authTokens: readonly string[];
}

/** A key that the user made for signing alone. https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys */
export interface SharedKey {
  readonly key: string;
  readonly secret: string;
}

/** What a request may be signed with. */
export interface Keys {
  readonly sharedKeys?: readonly SharedKey[];
  /** No account means that nothing can be verified: `unsigned` then says what is accepted. */
  readonly accounts: readonly Account[];
}

export interface VerifierOptions extends Keys {
  readonly unsigned: 'trial' | 'anywhere';
  readonly publicUrls: readonly string[];
  /** Exact public URLs of single families, which do not follow the local path. */
  readonly familyUrls: Readonly<Record<string, readonly string[]>>;
  readonly trustedProxies: readonly string[];
}

const MOST_KEYS = 4;

/** A request that may be counted. */
export interface Verified {
  readonly parameters: Parameters;
  /** What was signed of them, without separators; absent where separators were signed too, or nothing was. */
  readonly signed: SignedText | undefined;
}

/** The most tokens of one account; they are label values by position. */
export const TOKEN_INDEXES = ['0', '1', '2', '3'] as const;
/** The same of shared keys, of which one may be rotated, too. */
export const SHARED_KEY_INDEXES = ['shared_key_0', 'shared_key_1', 'shared_key_2', 'shared_key_3'] as const;
type KeyIndex = (typeof TOKEN_INDEXES)[number] | (typeof SHARED_KEY_INDEXES)[number];

/** A key that a request may be signed with, and how it is told of. */
interface Candidate {
  readonly key: SigningKey;
  readonly index: KeyIndex;
}

/** Decides whether a request is Twilio's. What was verified is what is used: nothing is parsed twice. */
export class Verifier {
  /** Valid signatures by the position of their token, or of their shared key where there are any. */
  readonly verified = new Map<KeyIndex, number>();
  #keys!: ReadonlyMap<string | undefined, readonly Candidate[]>;
  #sharedKeys!: ReadonlyMap<string, Candidate>;
  readonly #bases = new Map<string, readonly string[]>();
  readonly #unsigned: VerifierOptions['unsigned'];
  readonly #familyUrls: Readonly<Record<string, readonly string[]>>;
  readonly #publicUrls: readonly string[];
  readonly #proxies: TrustedProxies;

  constructor(options: VerifierOptions) {
    this.renew(options);
    this.#unsigned = options.unsigned;
    this.#familyUrls = options.familyUrls;
    this.#publicUrls = options.publicUrls;
    this.#proxies = new TrustedProxies(options.trustedProxies);
  }

  /** From the next request on these keys verify, and no others. What was verified before stays counted. */
  renew({ accounts, sharedKeys = [] }: Keys): void {
    this.#keys = new Map(
      accounts.map(({ accountSid, authTokens }) => [
        accountSid,
        authTokens.map((token, i) => ({ key: signingKey(token), index: TOKEN_INDEXES[i]! })),
      ]),
    );
    this.#sharedKeys = new Map(
      sharedKeys.map(({ key, secret }, i) => [
        key,
        { key: signingKey(secret, 'sha256'), index: SHARED_KEY_INDEXES[i]! },
      ]),
    );
    for (const index of [...TOKEN_INDEXES, ...SHARED_KEY_INDEXES.slice(0, sharedKeys.length)]) {
      this.verified.set(index, this.verified.get(index) ?? 0);
    }
  }

  /** True when callbacks must carry a valid signature. */
  get signed(): boolean {
    return this.#keys.size > 0 || this.#sharedKeys.size > 0;
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
    const keys = this.#candidates(req, () => this.#keysOf(parameters));
    if (keys instanceof Rejection) return keys;
    const body = req.method === 'GET' || parameters.count === 0 ? undefined : parameters;
    const text = new SignedText(queryAsSigned(req, query), body);
    const urls = this.#urls(req, family, path);
    const signer = signerOf(req, text, urls, keys);
    if (signer === undefined) return unsigned(urls);
    this.#count(signer);
    return { parameters, signed: body && text };
  }

  /**
   * Why a request with a body of another kind than a form is refused; `undefined` when it is Twilio's. Twilio signs the
   * hash of such a body as a part of the URL, and the body must have that hash.
   */
  verifyBody(req: IncomingMessage, family: string, path: string, query: string, body: Buffer): Rejection | undefined {
    const refused = this.refusesHead(req);
    if (refused || !this.signed) return refused;
    const keys = this.#candidates(req, () => this.#keysOfBody(body));
    if (keys instanceof Rejection) return keys;
    const urls = this.#urls(req, family, path);
    const text = new SignedText(queryAsSigned(req, query));
    const signer = signerOf(req, text, urls, keys);
    if (signer === undefined) return unsigned(urls);
    if (bodyHash(query) !== hash('sha256', body, 'hex')) return reject('body_hash_mismatch');
    this.#count(signer);
    return undefined;
  }

  /** Of what was verified whole: a signature alone says nothing of the body that came with it. */
  #count(signer: KeyIndex): void {
    this.verified.set(signer, (this.verified.get(signer) ?? 0) + 1);
  }

  /** True for a URL under which Twilio reaches this agent: one that is configured, or one beside the verified request's. */
  isOwnUrl(url: string, path: string, req: IncomingMessage): boolean {
    const exact = Object.values(this.#familyUrls).flat();
    const origin = requestOrigin(req.headers, this.#proxies.has(req.socket.remoteAddress));
    const bases = this.#publicUrls.length > 0 || !origin ? this.#publicUrls : [origin];
    return isOneOf(
      url,
      bases.map((base) => base + path),
      exact,
    );
  }

  /** Why the request is refused whatever its body may be, if its head shows that. */
  refusesHead(req: IncomingMessage): Rejection | undefined {
    if (this.signed) return req.headers['x-twilio-signature'] === undefined ? reject('signature_missing') : undefined;
    const shown = this.#unsigned === 'trial' ? seemsPassedOn(req) : undefined;
    return shown === undefined ? undefined : reject('trial_only', shown);
  }

  /** `AccountSid` is the sender's word until the signature holds: it only chooses a key, and an unknown one fails. */
  #keysOf(parameters: Parameters): readonly Candidate[] | undefined {
    const at = parameters.find('AccountSid');
    const accountSid = at === -1 ? undefined : parameters.value(at);
    const keys = this.#keys.get(accountSid) ?? this.#keys.get(undefined);
    if (keys) return keys;
    return !accountSid && this.#keys.size === 1 ? [...this.#keys.values()][0] : undefined;
  }

  /**
   * The keys to try. The header that names a shared key is signed by nobody: it chooses a key, and each key has its one
   * algorithm, so nothing can be talked into a weaker one.
   */
  #candidates(req: IncomingMessage, tokens: () => readonly Candidate[] | undefined): readonly Candidate[] | Rejection {
    const settings = req.headers[SETTINGS];
    if (settings !== undefined) {
      const asked = signatureSettings(req);
      if (asked === undefined) return reject('signature_invalid', SETTINGS);
      if (asked !== 'token') {
        const shared = this.#sharedKeys.get(asked);
        return shared ? [shared] : reject('signature_invalid', SETTINGS);
      }
    }
    return tokens() ?? reject('account_unknown');
  }

  /** The account that the first event names chooses the keys that are tried first; then all others, four at most. */
  #keysOfBody(body: Buffer): readonly Candidate[] | undefined {
    // Of one account there is nothing to choose from.
    const named = this.#keys.size > 1 ? accountOf(body) : undefined;
    const first = this.#keys.get(named) ?? this.#keys.get(undefined) ?? [];
    const keys = new Set(first);
    for (const each of this.#keys.values()) {
      if (keys.size >= MOST_KEYS) break;
      for (const key of each) keys.add(key);
    }
    return keys.size === 0 ? undefined : [...keys].slice(0, MOST_KEYS);
  }

  #urls(req: IncomingMessage, family: string, path: string): readonly string[] {
    const own = this.#familyUrls[family];
    const configured = own?.length || this.#publicUrls.length;
    if (!configured) {
      const trusted = this.#proxies.has(req.socket.remoteAddress);
      const origin = requestOrigin(req.headers, trusted, 'encrypted' in req.socket);
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

/** The key that the request is signed with, behind one of the URLs. */
function signerOf(
  req: IncomingMessage,
  text: SignedText,
  urls: readonly string[],
  keys: readonly Candidate[],
): KeyIndex | undefined {
  const signature = req.headers['x-twilio-signature'] as string;
  for (const url of urls) {
    for (const { key, index } of keys) if (text.isSignedBy(key, url, signature)) return index;
  }
  return undefined;
}

/** The URL is signed to the byte: a "?" with nothing after it is part of it. */
const queryAsSigned = (req: IncomingMessage, query: string): string =>
  (query !== '' || req.url?.endsWith('?') ? '?' : '') + query;

const unsigned = (urls: readonly string[]): Rejection => reject('signature_invalid', undefined, () => tried(urls));

const tried = (urls: readonly string[]): string =>
  `tried ${urls.length > 0 ? [...new Set(urls.map(loggable))].join(', ') : 'no URL: the Host header is unusable'}`;
