import { expect } from 'chai';
import { FEEDS } from '../../../src/feeds/index.ts';
import { facts } from '../../../src/wiring/telling/facts.ts';
import { load } from '../../config/room.ts';

const TOKEN = { TWILIO_AUTH_TOKEN: '0123456789abcdef0123456789abcdef' };
const ACCOUNT = { ...TOKEN, TWILIO_ACCOUNT_SID: `AC${'a1'.repeat(16)}` };

const fact = (name: string, env: Record<string, string> = {}, files: string[] = []) =>
  new Map(facts(load(env, files), new Map(FEEDS.map((feed) => [`/webhooks/${feed.name}`, feed])))).get(name);

describe('wiring: the facts of the first page', () => {
  const OTLP = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' };
  const SPARE = 'exporters: {otlp/spare: {metrics_endpoint: "http://b:4318/x"}}\n';
  const named = (ids: string) => `${SPARE}service: {pipelines: {metrics: {exporters: [${ids}]}}}`;
  const EXPORTERS: readonly (readonly [name: string, env: Record<string, string>, files: string[], shown: string])[] = [
    ['otlp without an endpoint is off', {}, [], 'prometheus'],
    ['otlp with an endpoint', OTLP, [], 'prometheus, otlp'],
    ['another one that the pipeline names', {}, [named('prometheus, otlp, otlp/spare')], 'prometheus, otlp/spare'],
    ['another one that it does not name', {}, [SPARE], 'prometheus'],
    ['none', { OTEL_METRICS_EXPORTER: 'none' }, [], 'none'],
  ];
  for (const [name, env, files, shown] of EXPORTERS) {
    it(`exporters: ${name}`, () => {
      expect(fact('exporters', env, files)).to.equal(shown);
    });
  }

  it('callbacks: where Twilio is to call', () => {
    const forms = FEEDS.filter(({ content }) => content === 'form').map(({ name }) => `/webhooks/${name}`);
    expect(fact('callbacks')).to.equal(`POST or GET ${forms.join(', ')}`);
    expect(forms).to.include.members(['/webhooks/message', '/webhooks/usage-trigger']);
    expect(fact('events')).to.equal('POST /webhooks/events, /webhooks/sendgrid, /webhooks/intelligence');
  });

  it('the REST side: what is read, or why nothing is, and never of whom', () => {
    expect(fact("Twilio's REST API", TOKEN)).to.match(/^off, no credentials/);
    expect(fact("Twilio's REST API", ACCOUNT)).to.equal('reads balance every 300 s, usage every 900 s');
    const off = 'service: {pipelines: {metrics: {receivers: [twilio]}}}';
    expect(fact("Twilio's REST API", ACCOUNT, [off])).to.match(/^off, .* does not name it$/);
  });
});
