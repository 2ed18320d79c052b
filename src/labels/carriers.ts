import { OTHER, UNKNOWN } from '../../instrumentation/requested.ts';

const MCC = /^\d{3}$/;
const MNC = /^\d{1,3}$/;
const SHORTEST_MNC = 2;

/** Names carriers by mobile country and network code: the first ones that were seen, so that the set is bounded. */
export class Carriers {
  readonly #most: number;
  readonly #seen: Set<string>;

  /** `seen` are those that the totals have, in whatever order: a restart must not make room for others. */
  constructor(most: number, seen: Iterable<string>) {
    this.#most = most;
    this.#seen = new Set(seen);
  }

  /** The label of a carrier, such as `310-410`. */
  name(mcc: string | undefined, mnc: string | undefined): string {
    if (mcc === undefined || mnc === undefined) return UNKNOWN;
    if (!MCC.test(mcc) || !MNC.test(mnc)) return OTHER;
    // A number in JSON lost the zero that it began with.
    const carrier = `${mcc}-${mnc.padStart(SHORTEST_MNC, '0')}`;
    if (this.#seen.has(carrier)) return carrier;
    if (this.#seen.size >= this.#most) return OTHER;
    this.#seen.add(carrier);
    return carrier;
  }
}
