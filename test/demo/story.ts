import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Difference } from '../../src/simulator/page.ts';
import type { ProfileName } from '../../src/simulator/profiles.ts';
import type { Run } from '../../src/simulator/simulate.ts';
import { ManualClock } from '../manual-clock.ts';
import { Rehearsal } from '../simulator/rehearsal.ts';

const RULES = fileURLToPath(new URL('../../otel-config/prometheus/rules/', import.meta.url));
export const RULE_FILES = readdirSync(RULES).map((name) => RULES + name);

const MINUTE_MS = 60_000;

/** One profile as it is played: how long, how much of it, and which alerts it must raise, with no others. */
export interface Setting {
  readonly rate: number;
  readonly minutes: number;
  /** When the incident begins. */
  readonly from: number;
  /** When it is over, if it is. */
  readonly until?: number;
  /** How often Prometheus looks, in seconds, and how often it did before the incident. */
  readonly everyS: number;
  readonly beforeS: number;
  readonly alerts: readonly string[];
  /** The same of objectives, where there are rules for these. */
  readonly burns?: readonly string[];
}

const usual = { rate: 1, minutes: 22, from: 4, everyS: 15, beforeS: 15 };
const DAY_AND_MORE = 24 * 60 + 50;

export const STORIES: Readonly<Record<ProfileName, Setting>> = {
  healthy: { ...usual, alerts: [] },
  outage: {
    ...usual,
    alerts: [
      'TwilioCallFailureRate',
      'TwilioCallFailures',
      'TwilioMessageDeliveryErrors',
      'TwilioMessageDeliverySuccess',
      'TwilioMessageFailureRate',
      'TwilioMessageFailures',
    ],
    burns: ['TwilioSloDeliveryBurns', 'TwilioSloDeliveryBurnsSlowly'],
  },
  'carrier-slow': {
    ...usual,
    alerts: ['TwilioMessageDeliverySlow'],
    burns: ['TwilioSloDeliveryTimeBurnsFast', 'TwilioSloDeliveryTimeBurns', 'TwilioSloDeliveryTimeBurnsSlowly'],
  },
  'content-filtered': {
    ...usual,
    alerts: ['TwilioMessageDeliverySuccess', 'TwilioMessagesBlocked'],
    burns: ['TwilioSloDeliveryBurnsSlowly'],
  },
  // What is unusual shows beside what was usual a day ago.
  'fraud-burst': {
    rate: 0.03,
    minutes: DAY_AND_MORE,
    from: DAY_AND_MORE - 28,
    everyS: 120,
    beforeS: 240,
    alerts: ['TwilioTrafficPumping'],
  },
  'webhook-down': { ...usual, alerts: ['TwilioDebuggerErrors'] },
  'token-rotation': { ...usual, alerts: ['TwilioSignatureRefusals'] },
};

/** The scrapes of one series, by their place in time; a place may be empty. */
export interface Scraped {
  readonly everyS: number;
  readonly slots: number;
  /** When the first one was made, in whole seconds. */
  readonly startS: number;
  readonly series: ReadonlyMap<string, readonly (string | undefined)[]>;
}

export interface Told {
  readonly run: Run;
  readonly scraped: Scraped;
  /** Where the page did not grow by what was sent. */
  readonly differences: readonly Difference[];
}

/** What Prometheus would know of its target. */
const TARGET = 'job="twilio-otel-agent",instance="agent:8080"';
const SERIES = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/gim;

const alertsInRules = new Set(
  RULE_FILES.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/- alert: (\w+)/g)].map(([, name]) => name!)),
);

/** Which alerts must fire in a story, sorted. */
export const alertsOf = (profile: ProfileName): string[] =>
  [...STORIES[profile].alerts, ...(STORIES[profile].burns ?? []).filter((name) => alertsInRules.has(name))].sort();

/** Names of metrics that a rule may look at: others change no alert. */
const words = new Set(RULE_FILES.flatMap((file) => readFileSync(file, 'utf8').match(/\b[a-z][a-z0-9_]{5,}\b/g) ?? []));

/** What became of messages and calls, which somebody may ask for although no rule does. */
const OUTCOMES = /^twilio_(?:messages|calls)_\w+_total$/;

/** Plays a profile against a real agent whose clock goes as fast as it can, and scrapes its page as Prometheus would. */
export async function tell(
  profile: ProfileName,
  seed: string,
  setting: Setting = STORIES[profile],
  endMs = Date.now(),
): Promise<Told> {
  const { rate, minutes, from, until = minutes, everyS, beforeS } = setting;
  const startMs = Math.floor((endMs - minutes * MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
  const agent = await Rehearsal.start({
    clock: new ManualClock(startMs),
    sets: ['processors.labels.country=true', 'service.pipelines.metrics.processors=[labels]'],
  });
  const series = new Map<string, (string | undefined)[]>();
  const look = async (ms: number) => {
    const slot = Math.floor(ms / 1_000 / everyS);
    const before = ms < (from - 5) * MINUTE_MS;
    if (before && slot % (beforeS / everyS) !== 0) return;
    const put = (name: string, value: string) => {
      const values = series.get(name);
      if (values) values[slot] = value;
      else series.set(name, Object.assign([], { [slot]: value }));
    };
    put(`up{${TARGET}}`, '1');
    for (const [, name = '', labels, value = ''] of (await agent.page()).matchAll(SERIES)) {
      if (words.has(name) || OUTCOMES.test(name)) put(`${name}{${labels ? `${labels},` : ''}${TARGET}}`, value);
    }
  };
  try {
    const durationMs = minutes * MINUTE_MS;
    const incident = { incidentMs: from * MINUTE_MS, incidentEndMs: until * MINUTE_MS };
    const run = agent.prepare({ seed, profile, rate, durationMs, ...incident });
    const { differences } = await agent.play(run, { everyMs: everyS * 1_000, look });
    await look(durationMs);
    const slots = Math.floor((minutes * 60) / everyS);
    return { run, differences, scraped: { everyS, slots, startS: startMs / 1_000, series } };
  } finally {
    await agent.stop();
  }
}
