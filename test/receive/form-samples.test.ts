import { expect } from 'chai';
import { METRICS, row } from '../../instrumentation/metrics.ts';
import { prometheusName } from '../../instrumentation/names.ts';
import { EVENT_ROWS } from '../../src/families/events.ts';
import { FEEDS, FORM_FEEDS } from '../../src/feeds/index.ts';
import { permutations, play } from '../families/play.ts';
import { Random } from '../fuzz/mutations.ts';
import { type Expected, type SignedSample, signedSamples } from '../samples.ts';
import { pairsOf } from './forms/good.ts';
import { TestAgent } from './support/agent.ts';
import { exchange } from './support/socket.ts';
import { request, signature } from './support/wire.ts';

const [products, form] = [signedSamples('other/products.json'), signedSamples('other/form.json')];
const SAMPLES = [...products.samples, ...form.samples];
/** Those of feeds that somebody may switch on here. */
const OURS = SAMPLES.filter(({ expect: { family } }) => FORM_FEEDS.some(({ name }) => name === family));
const placeOf = ({ url }: SignedSample) => url.split('?')[0]!;

/** What a sample counts, by series, from what it says of itself. */
function wanted({
  family,
  label,
  reason,
  outcome,
  delivery,
  category,
  product,
  warning,
  dropped,
  refused,
}: Expected): string[] {
  if (dropped || refused) return [];
  if (family === 'debugger') {
    const metric = warning ? METRICS.debuggerWarnings : METRICS.debuggerErrors;
    return [`${prometheusName(metric)}{error_category="${category ?? '\\w+'}",product="${product ?? '\\w+'}"}`];
  }
  if (family === 'intelligence') return [`${prometheusName(METRICS.intelligenceCallback)}{event="${label}"}`];
  const { counts, label: source, also = [] } = EVENT_ROWS.find(({ name }) => name === family)!;
  const others = also
    .filter(({ when }) => when === label)
    .map((each) => `${prometheusName(row(each.counts))}{${each.label.key}="${reason ?? outcome ?? delivery}"}`);
  return [`${prometheusName(row(counts))}{${source.key}="${label}"}`, ...others];
}

const settings = {
  'receivers.twilio.auth_token': products.authToken,
  ...Object.fromEntries(
    FEEDS.filter(({ name }) => name !== 'sendgrid').map(({ name }) => {
      const urls = new Set(OURS.filter(({ expect: { family } }) => family === name).map(placeOf));
      return [`receivers.twilio.families.${name}.public_urls`, `[${[...urls].join(', ')}]`];
    }),
  ),
  // An entry of the Debugger is about this one.
  'receivers.twilio.families.message.public_urls': 'https://otel.example.com/twilio/message-status',
};
/** They tell of other answers to one call; Twilio gives one for each, and the first one counts. */
const CONTRADICT = ['amd.fax', 'amd.unknown', 'amd.machine'];
const AGREEING = OURS.filter(({ name }) => !CONTRADICT.includes(name));
const FACT = /^(twilio_(?!agent_|api_|account_|usage_trigger_value)\w+_total\{[^}]*\}) ([1-9]\d*)$/;

describe('receive: the sample callbacks', () => {
  let agent: TestAgent;
  const send = (sample: SignedSample) => {
    const {
      method,
      url,
      body,
      expect: { family },
    } = sample;
    const target = `/webhooks/${family}${method === 'GET' ? new URL(url).search : ''}`;
    const pairs = method === 'GET' ? [] : pairsOf(sample);
    const headers = { 'X-Twilio-Signature': sample.signature ?? signature(url, pairs, products.authToken) };
    return exchange(
      agent.port,
      method === 'GET'
        ? request({ method, target, headers: { ...headers, 'Content-Type': null, 'Content-Length': null } })
        : request({ method, target, body, headers }),
    );
  };
  const facts = async () =>
    (await agent.page()).split('\n').flatMap((line) => {
      const match = FACT.exec(line);
      return match ? [[match[1]!, Number(match[2])] as const] : [];
    });

  it('are of every form feed', () => {
    const names = FORM_FEEDS.filter(({ name }) => name !== 'message').map(({ name }) => name);
    expect([...new Set(OURS.map(({ expect: { family } }) => family))]).to.have.members(names);
    expect(OURS).to.have.length.above(70);
  });

  describe('each', () => {
    beforeEach(async () => {
      agent = await TestAgent.start(settings);
    });
    afterEach(() => agent.stop());
    for (const sample of OURS) {
      const { refused } = sample.expect;
      const series = wanted(sample.expect);
      it(`${sample.name}: ${refused ?? (series.join(', ') || 'nothing')}; sent twice, the same`, async () => {
        for (let i = 0; i < 2; i++) {
          const { status, body } = await send(sample);
          expect(status, body).to.equal(refused ? 400 : 204);
          if (refused) expect(body).to.match(new RegExp(`^${refused}: `));
        }
        const counted = await facts();
        expect(counted).to.have.length(series.length);
        for (const [i, [id, count]] of counted.entries()) {
          expect(id).to.match(new RegExp(`^${series[i]!.replaceAll(/[{}.]/g, '\\$&')}$`));
          expect(count).to.equal(1);
        }
      });
    }
  });

  it('all on one agent, in any order, add up to the same', async function () {
    this.timeout(30_000);
    const totals: string[] = [];
    for (const seed of [1, 2, 3]) {
      const random = new Random(seed);
      const order = [...AGREEING].sort(() => random.below(3) - 1);
      agent = await TestAgent.start(settings);
      for (const sample of [...order, ...order.slice(0, 20)]) await send(sample);
      totals.push(JSON.stringify(await facts()));
      await agent.stop();
    }
    expect(totals[1]).to.equal(totals[0]);
    expect(totals[2]).to.equal(totals[0]);
    expect(totals[0]).to.include('twilio_usage_trigger_callback_total');
  });

  for (const feed of FORM_FEEDS) {
    const own = AGREEING.filter(
      ({ expect: { family, refused, dropped } }) => family === feed.name && !refused && !dropped,
    );
    if (own.length < 2) continue;
    it(`${feed.name}: every order of up to five samples adds up to the same`, () => {
      const fields = own
        .slice(0, 5)
        .map(({ body }) => Object.fromEntries(new URLSearchParams(body.replace(/&bodySHA256.*/, ''))));
      const all = permutations(fields).map((order) => play(feed, [...order, ...order]).totals);
      for (const totals of all) expect(totals).to.deep.equal(all[0]);
      expect(Object.keys(all[0]!)).to.not.deep.equal([]);
    });
  }
});
