import { expect } from 'chai';
import { type Outcome, REASONS } from '../../src/rejection.ts';
import { History } from '../../src/status/history.ts';
import { STATUS_CSP, statusPage } from '../../src/status/page.ts';
import { Samples } from '../../src/status/samples.ts';
import { type StatusParts, statusOf } from '../../src/status/status.ts';
import { ManualClock, NOON_MS } from '../manual-clock.ts';

interface Played extends Partial<StatusParts> {
  readonly outcomes?: Readonly<Partial<Record<Outcome, number>>>;
  readonly page?: string;
}

const exporters = (failure?: string): StatusParts['exporters'] => [
  { name: 'prometheus', failure: undefined },
  { name: 'otlp', failure },
];

function parts({ outcomes = {}, page = '', ...more }: Played): StatusParts {
  let counts: [Outcome, number][] = [];
  const history = new History(function* () {
    for (const [outcome, count] of counts) yield [count, 'message', outcome] as const;
  }, new ManualClock());
  counts = Object.entries(outcomes) as typeof counts;
  return {
    version: '1.2.3',
    instance: 'a',
    upMs: 5_000,
    wallMs: NOON_MS,
    signed: true,
    unready: undefined,
    feeds: [{ name: 'message', url: 'https://hooks.example/webhooks/message#rc=3&rp=all' }],
    exporters: exporters(),
    ledger: {
      is: 'on disk',
      folder: '/var/lib/agent',
      entries: 1,
      entries_limit: 10,
      bytes: 100,
      window_seconds: 86_400,
      volatile: false,
    },
    facts: [],
    trial: './test_webhooks.sh',
    samples: new Samples(page),
    history,
    ...more,
  };
}

const taken = (secondsAgo: number) =>
  `twilio_agent_export_last_success_timestamp_seconds{exporter="otlp"} ${NOON_MS / 1_000 - secondsAgo}\n`;
const failed = 'took nothing: unavailable after 3 attempts: no route to host';
const overdue = 'twilio_messages_overdue{phase="sent"} 4\n';
const memory = {
  is: 'in memory',
  folder: undefined,
  entries: 0,
  entries_limit: 10,
  bytes: 0,
  window_seconds: 60,
  volatile: true,
};

describe('status: is it all right, and what is first to do', () => {
  const cases: readonly (readonly [name: string, played: Played, state: string, sentence: RegExp, todo?: RegExp])[] = [
    ['fresh', {}, 'good', /^Ready, and no callback came/, /https:\/\/hooks\.example\/webhooks\/message/],
    ['under traffic', { outcomes: { accepted: 12 } }, 'good', /^All is well: 12 callbacks counted/],
    ['one callback', { outcomes: { accepted: 1 } }, 'good', /: 1 callback counted/],
    ['duplicates alone', { outcomes: { duplicate: 3 } }, 'good', /^Ready/],
    [
      'a sick ledger',
      { unready: 'ledger_unavailable: the disk is full' },
      'problem',
      /^No callback/,
      /the disk is full/,
    ],
    ['stopping', { unready: 'shutting_down' }, 'problem', /^No callback/, /stopping/],
    [
      'good callbacks that could not be counted',
      { outcomes: { accepted: 5, ledger_unavailable: 2, overloaded: 1 } },
      'problem',
      /^3 good callbacks could not be counted/,
      /^ledger_unavailable: /,
    ],
    [
      'signatures that do not match, and nothing else',
      { outcomes: { signature_invalid: 4 } },
      'problem',
      /^4 requests of the last 15 minutes were refused: signature_invalid/,
      /PUBLIC_URL/,
    ],
    [
      'a few forged requests among good ones',
      { outcomes: { accepted: 100, signature_invalid: 1 } },
      'attention',
      /^1 request of the last 15 minutes was refused: signature_invalid/,
      /If they were Twilio's/,
    ],
    ['another refusal', { outcomes: { accepted: 9, wrong_feed: 2 } }, 'attention', /wrong_feed/, /path of its own/],
    [
      'a backend that never took anything',
      { exporters: exporters(failed) },
      'attention',
      /^otlp takes nothing/,
      /no push was taken yet; the last one: took nothing: unavailable after 3 attempts: no route to host/,
    ],
    [
      'a backend that took nothing for long',
      { page: taken(900), exporters: exporters(failed) },
      'attention',
      /^otlp takes/,
      /taken 15 min ago; the last one: .*no route/,
    ],
    ['a backend that failed just now', { page: taken(20), exporters: exporters(failed) }, 'good', /^Ready/],
    ['a backend that takes it', { page: taken(20) }, 'good', /^Ready/],
    ['a REST side that fails', { page: 'twilio_api_up 0\n' }, 'attention', /^Twilio's REST API/, /log says why/],
    [
      'one of two accounts that fails',
      { page: `twilio_api_up{account="a"} 1\ntwilio_api_up{account="b"} 0\n` },
      'attention',
      /REST API/,
    ],
    ['a REST side that answers', { page: 'twilio_api_up 1\n' }, 'good', /^Ready/],
    ['a ledger in memory', { ledger: memory }, 'attention', /a restart forgets/, /file_storage/],
    ['overdue messages', { page: overdue, outcomes: { accepted: 9 } }, 'attention', /^4 messages are overdue/],
    ['local trial', { signed: false }, 'attention', /^Local trial/, /TWILIO_AUTH_TOKEN/],
    ['what is worse comes first', { unready: 'x', signed: false, page: overdue }, 'problem', /^No callback/],
  ];
  for (const [name, played, state, sentence, todo] of cases) {
    it(`${name}: ${state}`, () => {
      const status = statusOf(parts(played));
      expect(status.state).to.equal(state);
      expect(status.sentence).to.match(sentence);
      if (todo) expect(status.todo).to.match(todo);
    });
  }

  it('each refusal stands there with its fix, the most frequent first', () => {
    const outcomes = Object.fromEntries(REASONS.map((reason, i) => [reason, i + 1]));
    const { refusals } = statusOf(parts({ outcomes }));
    expect(refusals.map(({ reason }) => reason)).to.deep.equal(REASONS.toReversed());
    for (const { fix } of refusals) expect(fix).to.match(/.{15,}/);
  });

  it('a share of nothing is none', () => {
    const { messages, calls } = statusOf(parts({}));
    expect([messages.good_share, messages.p95_seconds, calls.good_share]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('status: the page', () => {
  const page = (played: Played = {}, config = '') => statusPage(statusOf(parts(played)), ['/metrics'], config);

  it('escapes whatever it is told', () => {
    const bad = `<script>alert(1)</script>"'&`;
    const html = page({ facts: [[bad, bad]], unready: bad, feeds: [{ name: bad, url: bad }], instance: bad }, bad);
    expect(html).to.not.include('<script>alert');
    expect(html).to.include('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
  });

  it('holds no style and no script but those that its policy names, and asks nobody for anything', () => {
    const html = page({ outcomes: { accepted: 3, wrong_feed: 1 } }, 'a: b');
    expect(html.match(/<script/g)).to.have.lengthOf(1);
    expect(html.match(/<style/g)).to.have.lengthOf(1);
    expect(html).to.not.match(/ style="| on\w+="|src="|url\(/);
    expect(STATUS_CSP).to.match(/^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'/);
  });

  it('leads to no path whose request would be a refusal', () => {
    const links = [...page().matchAll(/href="([^"]*)"/g)].map(([, link]) => link);
    expect(links).to.deep.equal(['data:,', '/metrics']);
  });
});
