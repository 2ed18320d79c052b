import type { Config } from '../config/schema.ts';
import { Expected } from './expected.ts';
import { type Difference, differences, type Page, readPage } from './page.ts';
import { pageOf, placeOf, type Signing } from './places.ts';
import { type Delivery, plan, type Question } from './plan.ts';
import type { Token } from './profiles.ts';
import { deliver, type Pace } from './run.ts';
import { send, Tally } from './send.ts';
import { bodyOf, headersOf } from './wire.ts';

/** A run that can be looked at before it begins. */
export interface Run {
  readonly deliveries: readonly Delivery[];
  readonly expected: ReadonlyMap<string, number>;
  /** The same question, the same text. */
  readonly manifest: string;
}

/** What will be sent, and what it must add to the page. */
export function prepareRun(question: Question, { tokens }: Signing): Run {
  const deliveries = plan(question);
  const expected = new Expected(tokens && (Object.keys(tokens) as Token[]));
  for (const delivery of deliveries) expected.request(delivery);
  return { deliveries, expected: expected.series, manifest: manifestOf(question, deliveries, expected) };
}

export interface Sending {
  readonly config: Config;
  readonly signing: Signing;
  readonly target: string;
  readonly pace: Pace;
  /** The moment at which it begins, in whole seconds: signed times are. */
  readonly startMs: number;
}

/** What Twilio signs with once a token was promoted that the agent does not know. */
const STRANGE = 'f'.repeat(32);

/** Sends all of it and resolves with what became of it. */
export async function sendRun({ deliveries }: Run, sending: Sending): Promise<Tally> {
  const { config, signing, target, pace, startMs } = sending;
  const { accountSid, tokens } = signing;
  const tally = new Tally();
  await deliver(deliveries, pace, (delivery) => {
    const { feed, token } = delivery;
    const body = bodyOf(delivery, { accountSid, startMs });
    const outgoing = { body, headers: headersOf(delivery), token: tokens && (tokens[token] ?? STRANGE) };
    return send(placeOf(config, target, feed), outgoing, tally);
  });
  return tally;
}

/** The scrape page of the agent. Rejects where there is none. */
export async function fetchPage(config: Config, target: string): Promise<Page> {
  const { url, headers } = pageOf(config, target);
  const response = await fetch(url, { headers, redirect: 'manual' });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return readPage(await response.text());
}

/** What a run did not add to the page as it should have; nothing where all is well. */
export function check({ expected }: Run, before: Page, after: Page): Difference[] {
  return differences(before, after, expected);
}

/** What a run sends and must add to the page, as text: of the same question it is the same, byte for byte. */
function manifestOf(question: Question, deliveries: readonly Delivery[], expected: Expected): string {
  const { seed, profile, rate, durationMs } = question;
  const about = { manifest: 1, seed, profile, rate, durationSeconds: durationMs / 1_000, requests: deliveries.length };
  return `${JSON.stringify({ ...about, series: Object.fromEntries(expected.series) }, null, 2)}\n`;
}
