import { hash } from 'node:crypto';
import { callSteps, type Lifecycle, messageSteps, pumpedSteps, type Roads, type Step } from './lifecycles.ts';
import { FAIR, PROFILES, type ProfileName, type Token, type Weather } from './profiles.ts';
import { Random, type Weighted } from './random.ts';

/** What is asked for. The same question has the same answer, SIDs apart: these are of one run, or its copies would not count. */
export interface Question {
  readonly seed: string;
  readonly profile: ProfileName;
  /** Messages and calls that begin in a second. */
  readonly rate: number;
  readonly durationMs: number;
  /** When the incident of the profile begins; after a fifth of the time, if absent. */
  readonly incidentMs?: number;
  /** When it is over; not before the end, if absent. */
  readonly incidentEndMs?: number;
  /** Tells this run's SIDs from those of others. */
  readonly run: string;
}

/** One thing that Twilio tells. Its copies have its id. */
export type Told =
  | {
      readonly kind: 'step';
      readonly id: string;
      readonly life: Lifecycle;
      readonly step: Step;
      readonly answer?: Answer;
    }
  | { readonly kind: 'inbound'; readonly id: string; readonly atMs: number }
  | { readonly kind: 'log'; readonly id: string; readonly atMs: number; readonly code: string; readonly about: string };

/** How the application's own webhook answered a voice callback. */
export interface Answer {
  readonly status: number;
  readonly ms: number;
}

/** One request of Twilio's: a status callback, or a batch of Event Streams. */
export interface Delivery {
  readonly atMs: number;
  readonly feed: 'message' | 'call' | 'events';
  readonly token: Token;
  readonly told: readonly Told[];
}

const OF_TEN: Weighted<'message' | 'call'> = [
  ['message', 8],
  ['call', 2],
];
const ROADS: Weighted<Roads> = [
  ['callbacks', 5],
  ['both', 4],
  ['events', 1],
];
const SEGMENTS: Weighted<number> = [
  [1, 7],
  [2, 2],
  [3, 1],
];
/** Numbers that regulators set aside for drama: nobody has them. */
const PLACES: Weighted<string> = [
  ['+120255501##', 6],
  ['+3319900####', 3],
  ['+447700900###', 1],
];
const PUMPED_PLACE = '+9607######';
const MOST_IN_BATCH = 100;

/** All requests of a run, in the order in which they are sent. What would come after its end is not sent any more. */
export function plan(question: Question): Delivery[] {
  const { durationMs, seed, profile, rate } = question;
  const fair = FAIR;
  const foul: Weather = { ...FAIR, ...PROFILES[profile].incident };
  const incidentMs = question.incidentMs ?? durationMs / 5;
  const endMs = question.incidentEndMs ?? durationMs;
  const weatherAt = (ms: number) => (ms < incidentMs || ms >= endMs ? fair : foul);
  const road = new Road(weatherAt);
  const all = new Random(seed);
  const sid = (name: string, prefix: string) => prefix + hash('sha256', `${question.run}/${seed}/${name}`).slice(0, 32);
  const count = Math.floor((durationMs / 1_000) * rate);
  for (let i = 0; i < count; i++) {
    const beginsMs = Math.floor(((i + all.next()) * 1_000) / rate);
    const weather = weatherAt(beginsMs);
    for (let copy = 0; copy < weather.pumped; copy++) {
      const name = `${i}.${copy}`;
      const random = all.fork(name);
      const pumped = copy > 0;
      const family = pumped ? 'message' : random.pick(OF_TEN);
      const steps = pumped ? pumpedSteps : family === 'message' ? messageSteps : callSteps;
      const place = pumped ? PUMPED_PLACE : random.pick(PLACES);
      const life: Lifecycle = {
        family,
        sid: sid(name, family === 'message' ? 'SM' : 'CA'),
        to: place.replaceAll('#', () => String(random.between([0, 9]))),
        segments: random.pick(SEGMENTS),
        roads: random.pick(ROADS),
        steps: [...steps(random, weather, beginsMs)],
      };
      tell(life, road, random, (what) => sid(`${name}/${what}`, what));
    }
    const random = all.fork(`${i}/inbound`);
    if (random.chance(0.05)) road.event({ kind: 'inbound', id: sid(`${i}`, 'SM'), atMs: beginsMs }, random);
  }
  return road.deliveries(durationMs);
}

/** Twilio tells of each step, on the roads of the lifecycle. */
function tell(life: Lifecycle, road: Road, random: Random, sid: (prefix: string) => string): void {
  for (const [i, step] of life.steps.entries()) {
    if (life.roads !== 'events') road.callback({ kind: 'step', id: `${life.sid}${i}`, life, step }, random);
    if (life.roads === 'callbacks') continue;
    const id = `${sid('EZ').slice(0, -2)}${String(i).padStart(2, '0')}`;
    if (life.family === 'message') {
      road.event({ kind: 'step', id, life, step }, random);
      continue;
    }
    const status = random.pick(road.weatherAt(step.atMs).webhookAnswers);
    const answer = { status, ms: status === 0 ? 15_000 : random.between([30, 400]) };
    road.event({ kind: 'step', id, life, step, answer }, random);
    if (status === 200) continue;
    const entry = `${sid('NO').slice(0, -2)}${String(i).padStart(2, '0')}`;
    road.event(
      { kind: 'log', id: entry, atMs: step.atMs, code: status === 0 ? '11205' : '11200', about: life.sid },
      random,
    );
  }
}

/** Twilio's habits: what it tells arrives late, out of order, and now and then more than once. */
class Road {
  readonly weatherAt: (ms: number) => Weather;
  readonly #callbacks: Delivery[] = [];
  /** Events by the second in which their batch is sent. */
  readonly #events = new Map<number, Told[]>();

  constructor(weatherAt: (ms: number) => Weather) {
    this.weatherAt = weatherAt;
  }

  callback(told: Extract<Told, { kind: 'step' }>, random: Random): void {
    const late = random.chance(0.03) ? [1_000, 4_000] : [20, 300];
    const atMs = told.step.atMs + random.between(late as [number, number]);
    this.#call(told, atMs);
    // The answer got lost, so Twilio sends it again.
    if (random.chance(0.03)) this.#call(told, atMs + random.between([500, 15_000]));
  }

  #call(told: Extract<Told, { kind: 'step' }>, atMs: number): void {
    this.#callbacks.push({ atMs, feed: told.life.family, token: this.weatherAt(atMs).token, told: [told] });
  }

  /** Event Streams promises each event at least once. */
  event(told: Told, random: Random): void {
    const happenedMs = told.kind === 'step' ? told.step.atMs : told.atMs;
    const second = Math.floor((happenedMs + random.between([500, 2_500])) / 1_000);
    this.#gather(second, told);
    if (random.chance(0.03)) this.#gather(second + random.between([0, 20]), told);
  }

  #gather(second: number, told: Told): void {
    const gathered = this.#events.get(second);
    if (gathered) gathered.push(told);
    else this.#events.set(second, [told]);
  }

  deliveries(durationMs: number): Delivery[] {
    const batches = [...this.#events].flatMap(([second, events]) => {
      const atMs = (second + 1) * 1_000;
      const { token } = this.weatherAt(atMs);
      const parts = Math.ceil(events.length / MOST_IN_BATCH);
      return Array.from({ length: parts }, (_, i): Delivery => {
        return { atMs, feed: 'events', token, told: events.slice(i * MOST_IN_BATCH, (i + 1) * MOST_IN_BATCH) };
      });
    });
    // Sorting keeps the order of what is sent at the same time, so it is the same on every machine.
    return [...this.#callbacks, ...batches].filter(({ atMs }) => atMs < durationMs).sort((a, b) => a.atMs - b.atMs);
  }
}
