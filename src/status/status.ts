import { OUTCOMES, type Outcome, REASONS, type Reason, refusal } from '../rejection.ts';
import type { History } from './history.ts';
import type { Samples } from './samples.ts';

/** What a person, or a script, wants to know of a running agent. `/status.json` is this; the page says the same. */
export interface Status {
  readonly state: 'good' | 'attention' | 'problem';
  /** Is it all right? */
  readonly sentence: string;
  /** The first thing to do, where it is not, or what comes next. */
  readonly todo: string | undefined;
  /** What can be copied into a shell for it. */
  readonly command: string | undefined;
  readonly version: string;
  readonly instance: string;
  readonly up_seconds: number;
  readonly at: string;
  /** The way of a callback, with the last minute on it. */
  readonly way: readonly { readonly step: string; readonly is: string; readonly last_minute: string }[];
  /** A minute, over the last quarter of an hour. */
  readonly rates: readonly {
    readonly name: string;
    readonly last_minute: number;
    readonly per_minute: readonly number[];
  }[];
  readonly refusals: readonly { readonly reason: Reason; readonly last_15_minutes: number; readonly fix: string }[];
  readonly messages: Ended;
  readonly calls: Ended;
  readonly errors: readonly { readonly category: string; readonly count: number }[];
  readonly feeds: readonly FeedStatus[];
  readonly exporters: readonly { readonly name: string; readonly is: string }[];
  readonly api: readonly { readonly operation: string; readonly is: string }[];
  readonly ledger: LedgerStatus;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

interface Ended {
  readonly good: number;
  readonly failed: number;
  /** Of those that ended; absent where none has. */
  readonly good_share: number | undefined;
  /** The boundary of the histogram that 95% stayed below. */
  readonly p95_seconds: number | undefined;
  readonly in_flight: number;
  readonly overdue: number;
}

interface FeedStatus {
  readonly name: string;
  /** To be copied into Twilio's settings. */
  readonly url: string;
  readonly counted: number;
  readonly last_seconds_ago: number | undefined;
}

interface LedgerStatus {
  readonly is: string;
  /** Where it lies, as it is configured; nothing where it is in memory. */
  readonly folder: string | undefined;
  readonly entries: number;
  readonly entries_limit: number;
  readonly bytes: number;
  readonly window_seconds: number;
  readonly volatile: boolean;
}

/** All that the status is made of. Nothing here is private: neither a SID of a message or a call nor a number is in it. */
export interface StatusParts {
  readonly version: string;
  readonly instance: string;
  readonly upMs: number;
  readonly wallMs: number;
  readonly signed: boolean;
  /** Why callbacks cannot be accepted now. */
  readonly unready: string | undefined;
  readonly feeds: readonly { readonly name: string; readonly url: string }[];
  /** Those that are on, with what became of the last push where it was not all taken. */
  readonly exporters: readonly { readonly name: string; readonly failure: string | undefined }[];
  readonly ledger: LedgerStatus;
  readonly facts: Status['facts'];
  /** What to do with an agent of local trial, as a command. */
  readonly trial: string;
  readonly samples: Samples;
  readonly history: History;
}

const QUARTER_MS = 15 * 60_000;
const MINUTE_MS = 60_000;
const COUNTED: readonly Outcome[] = ['accepted', 'duplicate', 'ignored'];
const REFUSED: readonly Outcome[] = OUTCOMES.filter((outcome) => (REASONS as readonly string[]).includes(outcome));

const RATES = { counted: ['accepted'], duplicates: ['duplicate'], refused: REFUSED } as const;

export function statusOf(parts: StatusParts): Status {
  const { history, samples, ledger, feeds } = parts;
  const refusals = REASONS.map((reason) => ({ reason, count: history.within(QUARTER_MS, reason) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ reason, count }) => ({ reason, last_15_minutes: count, fix: refusal(reason).help }));
  const exporters = parts.exporters.map((each) => ({ name: each.name, ...exporterOf(each, parts) }));
  const messages: Ended = {
    ...endedOf(samples.sum('messagesDelivered'), samples.sum('messageCallback', { status: ['failed', 'undelivered'] })),
    p95_seconds: samples.atMost('messageDeliveryDuration', 0.95),
    in_flight: samples.sum('messagesInFlight'),
    overdue: samples.sum('messagesOverdue'),
  };
  const api = samples.all('apiLastSuccess').map(({ labels, value }) => ({
    operation: [labels['operation'], labels['account']].filter(Boolean).join(', '),
    is: `answered ${ago(parts.wallMs / 1_000 - value)}`,
  }));
  const way = [
    { step: 'feeds', is: `${feeds.length} paths`, outcomes: [...COUNTED, ...REFUSED], what: 'requests' },
    { step: 'signatures', is: parts.signed ? 'verified' : 'NOT verified', outcomes: FORGED, what: 'refused' },
    { step: 'ledger', is: ledger.is, outcomes: ['accepted'] as const, what: 'counted' },
    { step: 'exporters', is: parts.exporters.map(({ name }) => name).join(', ') || 'none', outcomes: [], what: '' },
  ].map(({ step, is, outcomes, what }) => ({
    step,
    is,
    last_minute: what && `${history.within(MINUTE_MS, ...outcomes)} ${what}`,
  }));
  const found = { refusals, exporters, messages };
  return {
    ...judge(parts, found),
    version: parts.version,
    instance: parts.instance,
    up_seconds: Math.round(parts.upMs / 1_000),
    at: new Date(parts.wallMs).toISOString(),
    way,
    rates: Object.entries(RATES).map(([name, outcomes]) => ({
      name,
      last_minute: history.within(MINUTE_MS, ...outcomes),
      per_minute: history.perMinute(...outcomes),
    })),
    refusals,
    messages,
    calls: {
      ...endedOf(
        samples.sum('callsCompleted'),
        samples.sum('callCallback', { status: ['busy', 'no-answer', 'failed', 'canceled'] }),
      ),
      p95_seconds: samples.atMost('callDuration', 0.95),
      in_flight: samples.sum('callsInFlight'),
      overdue: samples.sum('callsOverdue'),
    },
    errors: samples.by('messagesFailedByCategory', 'error_category').map(([category, count]) => ({ category, count })),
    feeds: feeds.map(({ name, url }) => {
      const ageMs = history.ageMs(name);
      return {
        name,
        url,
        counted: samples.sum('callbacks', { family: name, outcome: 'accepted' }),
        last_seconds_ago: ageMs === undefined ? undefined : Math.round(ageMs / 1_000),
      };
    }),
    exporters: exporters.map(({ name, is }) => ({ name, is })),
    api,
    ledger,
    facts: parts.facts,
  };
}

/** Refusals that say that a request is not Twilio's, or not for this agent. */
const FORGED: readonly Reason[] = REASONS.filter((reason) => [401, 403].includes(refusal(reason).status));
const OURS: readonly Reason[] = REASONS.filter((reason) => refusal(reason).status >= 500);

const endedOf = (good: number, failed: number) => ({
  good,
  failed,
  good_share: good + failed > 0 ? good / (good + failed) : undefined,
});

function exporterOf(
  { name, failure }: StatusParts['exporters'][number],
  { samples, wallMs }: StatusParts,
): { is: string; failing: boolean } {
  if (name === 'prometheus') return { is: 'waits to be scraped', failing: false };
  const [last] = samples.all('exportLastSuccess').filter(({ labels }) => labels['exporter'] === name);
  const seconds = last ? wallMs / 1_000 - last.value : undefined;
  const taken = seconds === undefined ? 'no push was taken yet' : `the last push was taken ${ago(seconds)}`;
  return {
    is: failure === undefined ? taken : `${taken}; the last one: ${failure}`,
    failing: failure !== undefined && (seconds === undefined || seconds > 300),
  };
}

type Judged = Pick<Status, 'state' | 'sentence' | 'todo' | 'command'>;
interface Found {
  readonly refusals: Status['refusals'];
  readonly exporters: readonly { readonly name: string; readonly is: string; readonly failing: boolean }[];
  readonly messages: Ended;
}
type Judge = (parts: StatusParts, found: Found) => Judged | undefined | false;

const judged = (state: Status['state'], sentence: string, todo?: string, command?: string): Judged => ({
  state,
  sentence,
  todo,
  command,
});
const of = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** What may be wrong, the worst first: the first that holds is what the page says. */
const JUDGEMENTS: readonly Judge[] = [
  ({ unready }) =>
    unready !== undefined &&
    judged(
      'problem',
      'No callback is accepted now.',
      /shutting_down/.test(unready) ? 'The agent is stopping.' : unready,
    ),
  ({ history }, { refusals }) => {
    const count = history.within(QUARTER_MS, ...OURS);
    const worst = refusals.find(({ reason }) => OURS.includes(reason));
    return (
      worst !== undefined &&
      judged(
        'problem',
        `${of(count, 'good callback')} could not be counted in the last 15 minutes.`,
        `${worst.reason}: ${worst.fix}`,
      )
    );
  },
  ({ history }, { refusals }) => {
    const count = history.within(QUARTER_MS, ...FORGED);
    const worst = refusals.find(({ reason }) => FORGED.includes(reason));
    const none = history.within(QUARTER_MS, ...COUNTED) === 0;
    return (
      worst !== undefined &&
      judged(
        none ? 'problem' : 'attention',
        `${of(count, 'request')} of the last 15 minutes ${count === 1 ? 'was' : 'were'} refused: ${worst.reason}.`,
        `If they were Twilio's: ${worst.fix}`,
      )
    );
  },
  (_, { refusals: [worst] }) =>
    worst !== undefined &&
    judged(
      'attention',
      `${of(worst.last_15_minutes, 'request')} refused in the last 15 minutes: ${worst.reason}.`,
      worst.fix,
    ),
  (_, { exporters }) => {
    const failing = exporters.find((each) => each.failing);
    return failing && judged('attention', `${failing.name} takes nothing.`, `${failing.is}`);
  },
  ({ samples }) =>
    samples.all('apiUp').some(({ value }) => value === 0) &&
    judged(
      'attention',
      "Twilio's REST API did not give what was asked for.",
      'The log says why, at twilio_api. Callbacks are counted all the same.',
    ),
  ({ ledger }) =>
    ledger.volatile &&
    judged(
      'attention',
      'The ledger is in memory: a restart forgets what was counted.',
      'Set receivers.twilio.storage to file_storage.',
    ),
  (_, { messages: { overdue } }) =>
    overdue > 0 &&
    judged(
      'attention',
      `${of(overdue, 'message')} ${overdue === 1 ? 'is' : 'are'} overdue: sent, and not heard of since.`,
      'Is it one country or one sender? See the dashboard Twilio / Messages, then status.twilio.com.',
    ),
  ({ signed, trial }) =>
    !signed &&
    judged(
      'attention',
      'Local trial: anybody on this machine can send, and nothing is verified.',
      'Play some callbacks, then set TWILIO_AUTH_TOKEN and PUBLIC_URL.',
      trial,
    ),
];

function judge(parts: StatusParts, found: Found): Judged {
  for (const each of JUDGEMENTS) {
    const verdict = each(parts, found);
    if (verdict) return verdict;
  }
  return allRight(parts);
}

function allRight({ history, feeds }: StatusParts): Judged {
  const counted = history.within(QUARTER_MS, 'accepted');
  if (counted > 0) return judged('good', `All is well: ${of(counted, 'callback')} counted in the last 15 minutes.`);
  const [first] = feeds;
  return judged('good', 'Ready, and no callback came in the last 15 minutes.', first && `Twilio calls ${first.url}`);
}

/** A span in the words of people. */
export function ago(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s ago`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h ago` : `${Math.round(seconds / 86_400)} days ago`;
}
