import { readFileSync } from 'node:fs';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { loadCountries } from '../recording/countries.ts';
import { madeForm, madeJson, readRecording } from '../recording/read.ts';
import type { Line } from '../recording/recorder.ts';
import { isNoTarget, placeOf, type Signing, signingOf, targetOf } from '../simulator/places.ts';
import { realPace } from '../simulator/run.ts';
import { describeTally, send, Tally } from '../simulator/send.ts';

const EXIT_LOST = 1;
const EXIT_USAGE = 2;
const EXIT_CONFIG = 78;

export interface ReplayOptions {
  readonly file: string | undefined;
  readonly speed: string | undefined;
  readonly target: string | undefined;
  readonly isMine: boolean;
}

/** `replay`: sends what was recorded again, signed with the token of here. 0 where all of it was answered. */
export async function replayCommand(
  config: Config,
  options: ReplayOptions,
  say: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const wrong = (text: string) => {
    complain(`replay: ${text}`);
    return EXIT_USAGE;
  };
  const { file, speed: speedText = '1', target = targetOf(config), isMine } = options;
  if (file === undefined) return wrong('which FILE?');
  const speed = Number(speedText);
  if (!/^\d{1,6}(?:\.\d{1,3})?$/.test(speedText) || speed <= 0) return wrong('--speed is a number, such as 10');
  const strange = isNoTarget(target, isMine);
  if (strange) return wrong(strange);
  const signing = signingOf(config.receivers.twilio);
  if (!signing) {
    complain('replay: there is no auth token to sign with: set TWILIO_AUTH_TOKEN as the agent has it');
    return EXIT_CONFIG;
  }
  let lines: Line[];
  try {
    lines = readRecording(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return wrong(`${file}: ${code ?? message}`);
  }
  const { tally, left } = await replay(lines, { config, signing, target, speed });
  say(describeTally(tally));
  if (left > 0) say(`${left} of SendGrid left out: they are signed with a key that only SendGrid has`);
  return tally.lost > 0 ? EXIT_LOST : 0;
}

interface Replaying {
  readonly config: Config;
  readonly signing: Signing;
  readonly target: string;
  readonly speed: number;
}

async function replay(lines: readonly Line[], { config, signing, target, speed }: Replaying) {
  const { accountSid, tokens } = signing;
  const ownUrl = placeOf(config, target, 'message').signedUrl;
  const local = { accountSid, ownUrl, countryOf: await loadCountries() };
  // Played faster, the times that are signed must not run ahead: the last of them is now.
  const startMs = systemClock.wallMs() - (speed === 1 ? 0 : (lines.at(-1)?.ms ?? 0));
  const tally = new Tally();
  const pace = realPace();
  let left = 0;
  for (const line of lines) {
    await pace.until(line.ms / speed, async () => {});
    if (line.feed === 'sendgrid') {
      left++;
      continue;
    }
    const outgoing = { ...bodyOf(line, local, startMs), token: tokens?.primary, headers: HEADERS };
    await send(placeOf(config, target, line.feed), outgoing, tally);
  }
  return { tally, left };
}

const HEADERS = { 'User-Agent': 'TwilioProxy/1.1', Accept: '*/*' };

function bodyOf(line: Line, local: Parameters<typeof madeForm>[1], startMs: number) {
  if ('json' in line) return { body: { json: JSON.stringify(madeJson(line.json, local, startMs)) } };
  return { method: line.method, body: { pairs: madeForm(line.form, local, startMs) } };
}
