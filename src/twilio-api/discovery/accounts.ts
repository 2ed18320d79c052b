import { type Candidate, DISCOVERED, type DiscoveredKeys } from '../../verify/keys.ts';
import { signingKey } from '../../verify/signature.ts';

const SID = /^AC[0-9a-f]{32}$/;

/** The statuses of accounts whose callbacks verify. One that is suspended sends nothing new, but is told how that ended which it had sent. */
export const LIVE = ['active', 'suspended'] as const;
export type LiveStatus = (typeof LIVE)[number];

/** An account as the API tells of it. What is in it beside these is never looked at. */
export interface ToldAccount {
  readonly sid: unknown;
  readonly authToken: unknown;
  readonly status: unknown;
}

interface Kept {
  readonly token: string;
  readonly status: LiveStatus;
  /** Whose list it is on, and the listing that it was last seen in. */
  readonly parent: string;
  readonly listing: number;
  /** Made when its first callback comes: most of many accounts are silent. */
  candidate?: Candidate;
}

/**
 * The accounts that Twilio tells of, with the tokens that their callbacks are signed with. They are in memory alone:
 * nothing of them is written, logged or shown, but how many there are.
 */
export class DiscoveredAccounts implements DiscoveredKeys {
  readonly #accounts = new Map<string, Kept>();
  readonly #listings = new Map<string, number>();
  #onMissed: ((accountSid: string) => void) | undefined;

  of(accountSid: string): Candidate | undefined {
    const kept = this.#accounts.get(accountSid);
    if (!kept) return undefined;
    kept.candidate ??= { key: signingKey(kept.token), index: DISCOVERED };
    return kept.candidate;
  }

  missed(accountSid: string): void {
    if (this.#onMissed && SID.test(accountSid)) this.#onMissed(accountSid);
  }

  /** Who is told of accounts whose requests no key verified. */
  onMissed(listener: (accountSid: string) => void): void {
    this.#onMissed = listener;
  }

  /** Begins a listing of a parent's accounts: what it tells counts at once, and what it does not tell of is gone at its end. */
  listing(parent: string): { add(account: ToldAccount): void; end(): void } {
    const listing = (this.#listings.get(parent) ?? 0) + 1;
    this.#listings.set(parent, listing);
    return {
      add: (account) => void this.take(parent, account),
      end: () => {
        for (const [sid, kept] of this.#accounts) {
          if (kept.parent === parent && kept.listing < listing) this.#accounts.delete(sid);
        }
      },
    };
  }

  /** Takes over what is told of one account; true where its callbacks then verify by its token. */
  take(parent: string, { sid, authToken, status }: ToldAccount): boolean {
    if (typeof sid !== 'string' || !SID.test(sid)) return false;
    const live = LIVE.find((each) => each === status);
    if (live === undefined || typeof authToken !== 'string' || authToken === '') {
      this.#accounts.delete(sid);
      return false;
    }
    const before = this.#accounts.get(sid);
    const candidate = before?.token === authToken ? before.candidate : undefined;
    const listing = this.#listings.get(parent) ?? 0;
    this.#accounts.set(sid, { token: authToken, status: live, parent, listing, ...(candidate && { candidate }) });
    return true;
  }

  get size(): number {
    return this.#accounts.size;
  }

  has(accountSid: string): boolean {
    return this.#accounts.has(accountSid);
  }

  count(status: LiveStatus): number {
    let count = 0;
    for (const kept of this.#accounts.values()) if (kept.status === status) count++;
    return count;
  }
}
