import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Parameters } from '../feeds/reading/parameters.ts';
import { Rejection, reject } from '../rejection.ts';
import { bodyHash } from './body.ts';
import type { BodyProof } from './body-proof.ts';
import { type Candidate, type DiscoveredKeys, type KeyIndex, Keyring, type Keys } from './keys.ts';
import { loggable } from './public-url.ts';
import { SignedText } from './signature.ts';
import { seemsPassedOn } from './trial.ts';
import { CalledUrls, type Urls } from './urls.ts';

export interface VerifierOptions extends Keys, Urls {
  /** What is accepted where nothing can be verified: from this machine, from anywhere, or nothing at all. */
  readonly unsigned: 'trial' | 'anywhere' | 'never';
  /** Keys beside those that are given; they stay where others are renewed. */
  readonly discovered?: DiscoveredKeys | undefined;
}

/** A request that may be counted. */
export interface Verified {
  readonly parameters: Parameters;
  /** What was signed of them, without separators; absent where separators were signed too, or nothing was. */
  readonly signed: SignedText | undefined;
}

/** Decides whether a request is Twilio's. What was verified is what is used: nothing is parsed twice. */
export class Verifier implements BodyProof {
  /** Verified requests by the position of their token, or of their shared key where there are any. */
  readonly verified = new Map<KeyIndex, number>();
  #keys!: Keyring;
  readonly #unsigned: VerifierOptions['unsigned'];
  readonly #urls: CalledUrls;
  readonly #discovered: DiscoveredKeys | undefined;

  constructor(options: VerifierOptions) {
    this.#discovered = options.discovered;
    this.renew(options);
    this.#unsigned = options.unsigned;
    this.#urls = new CalledUrls(options);
  }

  /** From the next request on these keys verify, and no others. What was verified before stays counted. */
  renew(keys: Keys): void {
    this.#keys = new Keyring(keys, this.#discovered);
    for (const index of this.#keys.indexes) this.verified.set(index, this.verified.get(index) ?? 0);
  }

  /** True when callbacks must carry a valid signature. */
  get signed(): boolean {
    return !this.#keys.empty || this.#unsigned === 'never';
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
    const keys = this.#keys.ofForm(req, parameters);
    if (keys instanceof Rejection) return this.#missed(keys, parameters);
    const body = req.method === 'GET' || parameters.count === 0 ? undefined : parameters;
    const text = new SignedText(queryAsSigned(req, query), body);
    const urls = this.#urls.of(req, family, path);
    const signer = signerOf(req, text, urls, keys);
    if (signer === undefined) return this.#missed(unsigned(urls), parameters);
    this.#count(signer);
    return { parameters, signed: body && text };
  }

  #missed(refusal: Rejection, told: Parameters | Buffer): Rejection {
    if (this.#discovered) this.#keys.missed(told);
    return refusal;
  }

  /**
   * Why a request with a body of another kind than a form is refused; `undefined` when it is Twilio's. Twilio signs the
   * hash of such a body as a part of the URL, and the body must have that hash.
   */
  verifyBody(req: IncomingMessage, family: string, path: string, query: string, body: Buffer): Rejection | undefined {
    const refused = this.refusesHead(req);
    if (refused || !this.signed) return refused;
    const keys = this.#keys.ofBody(req, body);
    if (keys instanceof Rejection) return this.#missed(keys, body);
    const urls = this.#urls.of(req, family, path);
    const text = new SignedText(queryAsSigned(req, query));
    const signer = signerOf(req, text, urls, keys);
    if (signer === undefined) return this.#missed(unsigned(urls), body);
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
    return this.#urls.isOwn(url, path, req);
  }

  /** Why the request is refused whatever its body may be, if its head shows that. */
  refusesHead(req: IncomingMessage): Rejection | undefined {
    if (this.signed) return req.headers['x-twilio-signature'] === undefined ? reject('signature_missing') : undefined;
    const shown = this.#unsigned === 'trial' ? seemsPassedOn(req) : undefined;
    return shown === undefined ? undefined : reject('trial_only', shown);
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
