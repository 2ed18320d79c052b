import type { Weather } from './profiles.ts';
import type { Random } from './random.ts';

/** One thing that happens to a message or a call, and when: ms since the run began. */
export interface Step {
  readonly atMs: number;
  readonly status: string;
  /** Why a message failed. */
  readonly errorCode?: string;
  readonly sipResponseCode?: string;
  /** How long a completed call lasted. */
  readonly durationS?: number;
}

/** Messages of one account, or calls, each with the party that it goes to. */
export interface Lifecycle {
  readonly family: 'message' | 'call';
  readonly sid: string;
  readonly to: string;
  readonly segments: number;
  /** Which of Twilio's roads tell of it. */
  readonly roads: Roads;
  readonly steps: readonly Step[];
}

export type Roads = 'callbacks' | 'events' | 'both';

/** What becomes of a message that begins then. */
export function* messageSteps(random: Random, weather: Weather, beginsMs: number): Generator<Step> {
  let atMs = beginsMs;
  yield { atMs, status: 'queued' };
  const fails = random.chance(weather.messagesFailing);
  // Some are refused before a carrier has them.
  if (fails && random.chance(0.2)) {
    yield { atMs: atMs + random.between([50, 400]), status: 'failed', errorCode: random.pick(weather.errorCodes) };
    return;
  }
  yield { atMs: (atMs += random.between([100, 1_500])), status: 'sent' };
  if (!fails && random.chance(weather.messagesUnreported)) return;
  atMs += random.between(weather.carrierMs);
  if (fails) {
    yield { atMs, status: 'undelivered', errorCode: random.pick(weather.errorCodes) };
    // A carrier that corrects itself tells of both ends.
    if (random.chance(0.02)) yield { atMs: atMs + random.between([1_000, 5_000]), status: 'delivered' };
  } else yield { atMs, status: 'delivered' };
}

/** What becomes of a message to a number that pays whoever let it be sent: of few is told that they arrived. */
export function* pumpedSteps(random: Random, _: Weather, beginsMs: number): Generator<Step> {
  yield { atMs: beginsMs, status: 'queued' };
  const sentMs = beginsMs + random.between([100, 1_500]);
  yield { atMs: sentMs, status: 'sent' };
  if (random.chance(0.2)) yield { atMs: sentMs + random.between([1_000, 9_000]), status: 'delivered' };
}

/** What becomes of a call that begins then. */
export function* callSteps(random: Random, weather: Weather, beginsMs: number): Generator<Step> {
  const [end = '', sipResponseCode] = random.pick(weather.callEnds).split(' ');
  let atMs = beginsMs;
  yield { atMs, status: 'initiated' };
  if (sipResponseCode !== undefined) {
    yield { atMs: atMs + random.between([200, 3_000]), status: end, sipResponseCode };
    return;
  }
  if (end === 'busy') {
    yield { atMs: atMs + random.between([500, 4_000]), status: end, sipResponseCode: '486' };
    return;
  }
  yield { atMs: (atMs += random.between([300, 2_000])), status: 'ringing' };
  atMs += random.between([2_000, 20_000]);
  if (end !== 'completed') {
    yield { atMs, status: end };
    return;
  }
  yield { atMs, status: 'in-progress' };
  const durationS = random.between([3, 90]);
  yield { atMs: atMs + durationS * 1_000, status: end, durationS };
}
