import type { Check } from '../check.ts';
import { ok, problem, warning } from '../finding.ts';

/** Durations of calls are told from Twilio's times, and times that are too far off are refused. */
const NOTICEABLE_MS = 10_000;
const WRONG_MS = 300_000;

/** This machine's clock against the `Date` of Twilio's answers. */
export const clock: Check = {
  name: 'clock',
  cannot: ({ accounts }) =>
    accounts.some(({ aheadMs }) => aheadMs !== undefined) ? undefined : "Twilio's API told no time",
  async run({ accounts }) {
    const aheadMs = accounts.find((account) => account.aheadMs !== undefined)!.aheadMs!;
    const seconds = Math.round(Math.abs(aheadMs) / 1_000);
    const told = `${seconds} s ${aheadMs > 0 ? 'behind' : 'ahead of'} Twilio's`;
    const fix = 'let the machine take its time from the network (NTP), and look whether that works';
    if (Math.abs(aheadMs) > WRONG_MS) {
      return [problem(`${told}: durations are wrong, and callbacks that carry a time are refused in the end`, fix)];
    }
    return Math.abs(aheadMs) > NOTICEABLE_MS ? [warning(told, fix)] : [ok(seconds <= 1 ? "equal to Twilio's" : told)];
  },
};
