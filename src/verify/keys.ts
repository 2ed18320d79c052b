import type { IncomingMessage } from 'node:http';
import type { Parameters } from '../feeds/reading/parameters.ts';
import { type Rejection, reject } from '../rejection.ts';
import { accountOf } from './body.ts';
import { SETTINGS, signatureSettings } from './settings.ts';
import { type SigningKey, signingKey } from './signature.ts';

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
  /** Neither an account nor a shared key means that nothing can be verified. */
  readonly accounts: readonly Account[];
}

/** The most tokens of one account; they are label values by position. */
export const TOKEN_INDEXES = ['0', '1', '2', '3'] as const;
/** The same of shared keys, of which one may be rotated, too. */
export const SHARED_KEY_INDEXES = ['shared_key_0', 'shared_key_1', 'shared_key_2', 'shared_key_3'] as const;
/** The same of a token that was looked for, and stands in no configuration. */
export const DISCOVERED = 'discovered';
export type KeyIndex = (typeof TOKEN_INDEXES)[number] | (typeof SHARED_KEY_INDEXES)[number] | typeof DISCOVERED;

/** A key that a request may be signed with, and how it is told of. */
export interface Candidate {
  readonly key: SigningKey;
  readonly index: KeyIndex;
}

/** The tokens of accounts that are not configured, where such are looked for. */
export interface DiscoveredKeys {
  of(accountSid: string): Candidate | undefined;
  /** No key verified a request that names this account, which is the sender's word. */
  missed(accountSid: string): void;
}

/** The most keys that are tried for a batch of events. */
const MOST_KEYS = 4;

/** Chooses the keys that a request may be signed with. What chooses is the sender's word until the signature holds. */
export class Keyring {
  readonly #tokens: ReadonlyMap<string | undefined, readonly Candidate[]>;
  readonly #sharedKeys: ReadonlyMap<string, Candidate>;
  readonly #discovered: DiscoveredKeys | undefined;

  constructor({ accounts, sharedKeys = [] }: Keys, discovered?: DiscoveredKeys) {
    this.#discovered = discovered;
    this.#tokens = new Map(
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
  }

  /** True where nothing can be verified. */
  get empty(): boolean {
    return this.#tokens.size === 0 && this.#sharedKeys.size === 0;
  }

  /** How verified requests are told of: every token that there could be, and every shared key that there is. */
  get indexes(): readonly KeyIndex[] {
    const shared = SHARED_KEY_INDEXES.slice(0, this.#sharedKeys.size);
    return [...TOKEN_INDEXES, ...shared, ...(this.#discovered ? ([DISCOVERED] as const) : [])];
  }

  /** The tokens of the account that the parameters name; of an unknown one there are none. */
  ofForm(req: IncomingMessage, parameters: Parameters): readonly Candidate[] | Rejection {
    return this.#asked(req) ?? this.#tokensOf(parameters) ?? reject('account_unknown');
  }

  /** The tokens of the account that the first event of a batch names, then those of all others: four at most. */
  ofBody(req: IncomingMessage, body: Buffer): readonly Candidate[] | Rejection {
    const asked = this.#asked(req);
    if (asked) return asked;
    // Of one account there is nothing to choose from.
    const named = this.#tokens.size > 1 || this.#discovered ? accountOf(body) : undefined;
    const keys = new Set(this.#tokens.get(named) ?? this.#tokens.get(undefined) ?? this.#discoveredOf(named));
    for (const each of this.#tokens.values()) {
      if (keys.size >= MOST_KEYS) break;
      for (const key of each) keys.add(key);
    }
    return keys.size === 0 ? reject('account_unknown') : [...keys].slice(0, MOST_KEYS);
  }

  /** No key verified what names an account: where such are looked for, it may be a new one, or have a new token. */
  missed(told: Parameters | Buffer): void {
    const accountSid = Buffer.isBuffer(told) ? accountOf(told) : accountOfForm(told);
    if (accountSid !== undefined && !this.#tokens.has(accountSid)) this.#discovered?.missed(accountSid);
  }

  #discoveredOf(accountSid: string | undefined): readonly Candidate[] | undefined {
    const found = accountSid === undefined ? undefined : this.#discovered?.of(accountSid);
    return found && [found];
  }

  #tokensOf(parameters: Parameters): readonly Candidate[] | undefined {
    const accountSid = accountOfForm(parameters);
    const configured = this.#tokens.get(accountSid) ?? this.#tokens.get(undefined);
    if (configured && this.#tokens.size === 1) return configured;
    const tokens = configured ?? this.#discoveredOf(accountSid);
    const parents = this.#tokensOfParent(parameters);
    if (tokens) return parents && parents !== tokens ? [...tokens, ...parents] : tokens;
    return !accountSid && this.#tokens.size === 1 ? [...this.#tokens.values()][0] : parents;
  }

  /** The Debugger tells of a subaccount with its parent beside it, and Twilio does not say whose token signs that. */
  #tokensOfParent(parameters: Parameters): readonly Candidate[] | undefined {
    const parentSid = parameterOf(parameters, 'ParentAccountSid');
    return parentSid ? this.#tokens.get(parentSid) : undefined;
  }

  /**
   * The shared key that a header names; nothing where tokens sign as ever. Nobody signs that header: it chooses a key, and
   * each key has its one algorithm, so nothing can be talked into a weaker one.
   */
  #asked(req: IncomingMessage): readonly Candidate[] | Rejection | undefined {
    if (req.headers[SETTINGS] === undefined) return undefined;
    const asked = signatureSettings(req);
    if (asked === 'token') return undefined;
    const shared = asked === undefined ? undefined : this.#sharedKeys.get(asked);
    return shared ? [shared] : reject('signature_invalid', SETTINGS);
  }
}

/** How a form names its account: Conversational Intelligence writes it in small letters. The first that is there decides. */
export const ACCOUNT_NAMES = ['AccountSid', 'account_sid'] as const;

function accountOfForm(parameters: Parameters): string | undefined {
  for (const name of ACCOUNT_NAMES) {
    const value = parameterOf(parameters, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function parameterOf(parameters: Parameters, name: string): string | undefined {
  const at = parameters.find(name);
  return at === -1 ? undefined : parameters.value(at);
}
