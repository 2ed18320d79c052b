/** One status of one message or call. */
export interface Fact {
  readonly sid: string;
  readonly status: string;
}

const FIRST = 1;
const SECOND = 2;
const GOOD = 4;
const BAD = 8;

/** The statuses of messages or of calls: two of them under way, a good end and a bad one. */
class Lives {
  readonly statuses: readonly string[];
  /** What was told of each, as bits. */
  readonly #of = new Map<string, number>();

  constructor(...statuses: readonly string[]) {
    this.statuses = statuses;
  }

  tell({ sid, status }: Fact): boolean {
    const bit = 1 << this.statuses.indexOf(status);
    const before = this.#of.get(sid) ?? 0;
    this.#of.set(sid, before | bit);
    return (before & bit) === 0;
  }

  get size(): number {
    return this.#of.size;
  }

  /** How many have all of some bits, and none of others. */
  count(all: number, none = 0): number {
    let count = 0;
    for (const bits of this.#of.values()) if ((bits & all) === all && (bits & none) === 0) count++;
    return count;
  }

  callbacks(metric: string): Record<string, number> {
    return Object.fromEntries(this.statuses.map((status, i) => [`${metric}{status="${status}"}`, this.count(1 << i)]));
  }

  /** What began and has not ended, by the two phases. */
  inFlight(metric: string, phases: readonly [string, string]): Record<string, number> {
    const series = (phase: string) => `${metric}{phase="${phase}"}`;
    return {
      [series(phases[0])]: this.count(FIRST, SECOND | GOOD | BAD),
      [series(phases[1])]: this.count(SECOND, GOOD | BAD),
    };
  }
}

/** A duration: its metric, the name under which it is skipped, and how many have both of their ends. */
type Spans = readonly (readonly [metric: string, skipped: string, count: number])[];

/**
 * What was told of messages and calls, and what the page must therefore say. Calls are asked for once one was told, because
 * a test may send some of its own.
 */
export class Facts {
  readonly #messages = new Lives('queued', 'sent', 'delivered', 'failed');
  readonly #calls = new Lives('ringing', 'in-progress', 'completed', 'busy');

  /** True when it is new. */
  tell(fact: Fact): boolean {
    return (fact.sid.startsWith('SM') ? this.#messages : this.#calls).tell(fact);
  }

  /** How many records the ledger has of them. */
  get records(): number {
    return this.#messages.size + this.#calls.size;
  }

  /** Counters, and gauges of what is in flight, by series. */
  series(): Record<string, number> {
    const [messages, calls] = [this.#messages, this.#calls];
    const failed = messages.count(BAD);
    return {
      ...messages.callbacks('twilio_message_callback_total'),
      twilio_messages_delivered_total: messages.count(GOOD),
      // A code has no series before its first failure.
      ...(failed > 0 ? { 'twilio_messages_failed_total{error_code="30003"}': failed } : {}),
      ...messages.inFlight('twilio_messages_in_flight', ['queued', 'sent']),
      ...(calls.size > 0
        ? {
            ...calls.callbacks('twilio_call_callback_total'),
            'twilio_calls_completed_total{call_status="completed"}': calls.count(GOOD),
            'twilio_calls_failed_total{disconnect_reason="busy"}': calls.count(BAD),
            ...calls.inFlight('twilio_calls_in_flight', ['ringing', 'in-progress']),
          }
        : {}),
    };
  }

  durations(): Spans {
    const [messages, calls] = [this.#messages, this.#calls];
    const delivered = messages.count(GOOD | FIRST) + messages.count(GOOD | SECOND, FIRST);
    const ofMessages: Spans = [
      ['twilio_message_queue_duration_seconds', 'message_queue', messages.count(FIRST | SECOND)],
      ['twilio_message_carrier_duration_seconds', 'message_carrier', messages.count(SECOND | GOOD)],
      ['twilio_message_delivery_duration_seconds', 'message_delivery', delivered],
    ];
    const ofCalls: Spans = [
      ['twilio_call_ring_duration_seconds', 'call_ring', calls.count(FIRST | SECOND)],
      ['twilio_call_duration_seconds', 'call', calls.count(GOOD)],
    ];
    return calls.size > 0 ? [...ofMessages, ...ofCalls] : ofMessages;
  }
}
