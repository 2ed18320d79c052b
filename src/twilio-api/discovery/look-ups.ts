import type { Clock } from '../../clock.ts';
import type { DiscoveredAccounts, ToldAccount } from './accounts.ts';

const MINUTE_MS = 60_000;
/** One account is looked up no more often than this. */
const AGAIN_MS = 5 * MINUTE_MS;

/** One of those who may know the account, by its own SID. */
export interface Parent {
  readonly accountSid: string;
  /** Resolves with what it knows; `undefined` where that is nothing. Never rejects. */
  lookUp(accountSid: string): Promise<ToldAccount | undefined>;
}

/**
 * Looks accounts up of which a request tells that no key verified: one that is not known may be new, one that is known may
 * have another token. Anybody can send such requests, so there is one look-up a minute for each of the two, whoever
 * asks: a flood of forged ones costs no more, and cannot take the other's turn.
 */
export class LookUps {
  readonly #accounts: DiscoveredAccounts;
  readonly #parents: readonly Parent[];
  readonly #clock: Clock;
  readonly #nextMs = { known: 0, unknown: 0 };
  /** The latest, with when they were looked up: as many as turns lie between. */
  readonly #tried = new Map<string, number>();
  readonly #underWay = new Map<'known' | 'unknown', Promise<void>>();

  constructor(accounts: DiscoveredAccounts, parents: readonly Parent[], clock: Clock) {
    this.#accounts = accounts;
    this.#parents = parents;
    this.#clock = clock;
    this.#nextMs.known = this.#nextMs.unknown = clock.monotonicMs();
    accounts.onMissed((accountSid) => this.#missed(accountSid));
  }

  #missed(accountSid: string): void {
    const nowMs = this.#clock.monotonicMs();
    const kind = this.#accounts.has(accountSid) ? 'known' : 'unknown';
    // One that waits, for Twilio said when to come back, leaves no queue behind it.
    if (this.#underWay.has(kind) || nowMs < this.#nextMs[kind]) return;
    for (const [sid, atMs] of this.#tried) if (nowMs - atMs >= AGAIN_MS) this.#tried.delete(sid);
    if (this.#tried.has(accountSid)) return;
    this.#nextMs[kind] = nowMs + MINUTE_MS;
    this.#tried.set(accountSid, nowMs);
    const lookUp = this.#lookUp(accountSid).finally(() => this.#underWay.delete(kind));
    this.#underWay.set(kind, lookUp);
  }

  async #lookUp(accountSid: string): Promise<void> {
    for (const parent of this.#parents) {
      const told = await parent.lookUp(accountSid);
      // What was asked for counts, and nothing that was not.
      if (told?.sid === accountSid && this.#accounts.take(parent.accountSid, told)) return;
    }
  }

  /** Resolves when no look-up is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }
}
