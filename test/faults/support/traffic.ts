import { randomBytes } from 'node:crypto';
import type { Fact } from './facts.ts';
import { ACCOUNT, signedEvents, signedRequest } from './requests.ts';

/** A request, and what it tells. */
export interface Sending {
  readonly facts: readonly Fact[];
  readonly bytes: string;
}

/** Requests without an end, one by one. `rest` are those that wait for more to go with them. */
export interface Traffic {
  next(): Sending;
  rest(): Sending[];
}

/** Status callbacks of messages: queued, sent and an end of one message after the other. One in eleven never ends. */
export class Callbacks implements Traffic {
  readonly #lives: Lives;
  #left: Fact[] = [];

  constructor(port: number, token: string) {
    this.#lives = new Lives(port, token);
  }

  next(): Sending {
    if (this.#left.length === 0) this.#left = this.#lives.message(this.#lives.made % 11 === 10);
    const fact = this.#left.shift()!;
    return { facts: [fact], bytes: this.#lives.callback(fact) };
  }

  rest(): Sending[] {
    return [];
  }
}

const IN_BATCH = 10;

/** Messages and calls, each status told by a callback, by Event Streams in batches, or by both. Some never end. */
export class Mixed implements Traffic {
  readonly #lives: Lives;
  readonly #ready: Sending[] = [];
  #batch: Fact[] = [];
  #told = 0;

  constructor(port: number, token: string) {
    this.#lives = new Lives(port, token);
  }

  next(): Sending {
    while (this.#ready.length === 0) {
      const { made } = this.#lives;
      const endless = made % 7 === 3;
      const life = made % 3 === 2 ? this.#lives.call(endless) : this.#lives.message(endless);
      for (const fact of life) this.#tell(fact);
    }
    return this.#ready.shift()!;
  }

  #tell(fact: Fact): void {
    const road = this.#told++ % 3;
    if (road !== 1) this.#ready.push({ facts: [fact], bytes: this.#lives.callback(fact) });
    if (road !== 0) this.#batch.push(fact);
    if (this.#batch.length === IN_BATCH) this.#ready.push(...this.rest());
  }

  rest(): Sending[] {
    const facts = this.#batch;
    this.#batch = [];
    return facts.length === 0 ? [] : [{ facts, bytes: this.#lives.events(facts) }];
  }
}

/** Messages and calls with SIDs of their own, and how they are told. */
class Lives {
  /** How many there were. */
  made = 0;
  readonly #run = randomBytes(6).toString('hex');
  readonly #port: number;
  readonly #token: string;

  constructor(port: number, token: string) {
    this.#port = port;
    this.#token = token;
  }

  message(endless: boolean): Fact[] {
    const end = this.made % 5 === 0 ? 'failed' : 'delivered';
    return this.#life('SM', ['queued', 'sent', ...(endless ? [] : [end])]);
  }

  call(endless: boolean): Fact[] {
    const under = this.made % 4 === 1 ? ['ringing'] : ['ringing', 'in-progress'];
    return this.#life('CA', [...under, ...(endless ? [] : [under.length === 1 ? 'busy' : 'completed'])]);
  }

  #life(prefix: 'SM' | 'CA', statuses: readonly string[]): Fact[] {
    const sid = `${prefix}${this.#run}${(this.made++).toString(16).padStart(20, '0')}`;
    return statuses.map((status) => ({ sid, status }));
  }

  callback(fact: Fact): string {
    const path = isMessage(fact) ? '/webhooks/message' : '/webhooks/call';
    return signedRequest(this.#port, path, parametersOf(fact), this.#token);
  }

  events(facts: readonly Fact[]): string {
    return signedEvents(this.#port, facts.map(eventOf), this.#token);
  }
}

const isMessage = ({ sid }: Fact): boolean => sid.startsWith('SM');

function parametersOf(fact: Fact): Record<string, string> {
  const { sid, status } = fact;
  if (isMessage(fact)) {
    return {
      SmsSid: sid,
      SmsStatus: status,
      MessageStatus: status,
      To: '+15558675310',
      MessageSid: sid,
      MessagingServiceSid: `MG${'c3'.repeat(16)}`,
      AccountSid: ACCOUNT,
      ApiVersion: '2010-04-01',
      From: '+15017122661',
      ...(status === 'failed' ? { ErrorCode: '30003' } : {}),
    };
  }
  return {
    CallSid: sid,
    CallStatus: status,
    Called: '+15558675310',
    Caller: '+15017122661',
    AccountSid: ACCOUNT,
    Direction: 'outbound-api',
    Timestamp: new Date().toUTCString().replace('GMT', '+0000'),
    ...(status === 'completed' ? { CallDuration: '42', Duration: '1' } : {}),
  };
}

let events = 0;

/** The same as an event of Event Streams. */
function eventOf(fact: Fact): object {
  const { sid, status } = fact;
  const event = { specversion: '1.0', id: `EZ${(++events).toString(16).padStart(32, '0')}` };
  if (!isMessage(fact)) {
    const data = { request: { parameters: parametersOf(fact) } };
    return { ...event, type: `com.twilio.voice.status-callback.call.${status}`, data };
  }
  const data = {
    messageSid: sid,
    accountSid: ACCOUNT,
    messageStatus: status.toUpperCase(),
    timestamp: new Date().toISOString(),
    ...(status === 'failed' ? { errorCode: 30003 } : {}),
  };
  return { ...event, type: `com.twilio.messaging.message.${status}`, data };
}
