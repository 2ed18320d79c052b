import { writeFileSync } from 'node:fs';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { describeDifferences } from '../simulator/page.ts';
import { isNoTarget, signingOf, targetOf } from '../simulator/places.ts';
import type { Question } from '../simulator/plan.ts';
import { isProfile, PROFILE_NAMES, PROFILES } from '../simulator/profiles.ts';
import { realPace } from '../simulator/run.ts';
import { describeTally } from '../simulator/send.ts';
import { check, fetchPage, prepareRun, sendRun } from '../simulator/simulate.ts';

const EXIT_DIFFERENT = 1;
const EXIT_USAGE = 2;
const EXIT_CONFIG = 78;

const MOST_LIVES = 200_000;

export interface SimulateOptions {
  readonly seed: string | undefined;
  readonly rate: string | undefined;
  readonly duration: string | undefined;
  readonly profile: string | undefined;
  readonly target: string | undefined;
  readonly manifest: string | undefined;
  readonly check: boolean;
  readonly isMine: boolean;
}

/** `simulate`: sends what Twilio would. 0 where all was answered and, with `--check`, counted as it should be; else 1. */
export async function simulateCommand(
  config: Config,
  options: SimulateOptions,
  say: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const wrong = (text: string) => {
    complain(`simulate: ${text}`);
    return EXIT_USAGE;
  };
  const startMs = Math.floor(systemClock.wallMs() / 1_000) * 1_000;
  const question = questionOf(options, String(systemClock.wallMs()));
  if (typeof question === 'string') return wrong(question);
  const target = options.target ?? targetOf(config);
  const strange = isNoTarget(target, options.isMine);
  if (strange) return wrong(strange);
  const signing = signingOf(config.receivers.twilio);
  if (!signing) {
    complain('simulate: there is no auth token to sign with: set TWILIO_AUTH_TOKEN as the agent has it');
    return EXIT_CONFIG;
  }
  const run = prepareRun(question, signing);
  if (options.manifest !== undefined) {
    try {
      writeFileSync(options.manifest, run.manifest);
    } catch (error) {
      return wrong(`${options.manifest} cannot be written (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  let before: Awaited<ReturnType<typeof fetchPage>> | undefined;
  try {
    before = options.check ? await fetchPage(config, target) : undefined;
  } catch (error) {
    complain(`simulate: there is no page to compare with: ${reasonOf(error)}`);
    return EXIT_DIFFERENT;
  }
  const { says } = PROFILES[question.profile];
  say(`${run.deliveries.length} requests in ${question.durationMs / 1_000} s to ${new URL(target).host}: ${says}`);
  const tally = await sendRun(run, { config, signing, target, pace: realPace(), startMs });
  say(describeTally(tally));
  if (!before) return tally.lost > 0 ? EXIT_DIFFERENT : 0;
  const found = check(run, before, await fetchPage(config, target));
  if (found.length === 0) {
    say(`as it should be: ${run.expected.size} series of the page grew by what was sent`);
    return 0;
  }
  complain(
    `simulate: ${found.length} series of the page did not grow by what was sent:\n${describeDifferences(found)}`,
  );
  if (tally.retried > 0)
    complain('Requests without an answer were sent again, and may have been counted as duplicates.');
  return EXIT_DIFFERENT;
}

function questionOf(options: SimulateOptions, run: string): Question | string {
  const { seed, profile = 'healthy', rate: rateText = '50', duration = '5m' } = options;
  if (seed === undefined || !/^[\w.-]{1,64}$/.test(seed)) return '--seed is required: letters or digits';
  if (!isProfile(profile)) return `--profile is one of ${PROFILE_NAMES.join(', ')}`;
  const rate = Number(rateText);
  if (!/^\d{1,4}(?:\.\d{1,3})?$/.test(rateText) || rate < 0.01 || rate > 1_000) return '--rate is 0.01 to 1000';
  const [, count, unit = ''] = /^(\d{1,5})(s|m|h)$/.exec(duration) ?? [];
  const seconds = Number(count) * ({ s: 1, m: 60, h: 3_600 }[unit] ?? Number.NaN);
  if (!(seconds >= 1)) return '--duration is a number with s, m or h, such as 5m';
  if (seconds * rate > MOST_LIVES) return `--rate and --duration make more than ${MOST_LIVES} messages and calls`;
  return { seed, profile, rate, durationMs: seconds * 1_000, run };
}

/** The system's word for it, where there is one. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
}
