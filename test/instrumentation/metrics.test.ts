import { expect } from 'chai';
import { zeroSeries } from '../../instrumentation/instruments.ts';
import { budget, METRIC_KEYS, METRICS, type MetricKey, row } from '../../instrumentation/metrics.ts';
import { prometheusName } from '../../instrumentation/names.ts';
import { SUPPLIED } from './reader.ts';

const rows = METRIC_KEYS.map((key) => [key, row(key)] as const);

describe('the metric table: the seven given metrics', () => {
  const given: readonly (readonly [key: MetricKey, instrument: string, scraped: string, labels: readonly string[]])[] =
    [
      ['messageCallback', 'twilio.message.callback', 'twilio_message_callback_total', ['status']],
      ['messagesDelivered', 'twilio.messages.delivered', 'twilio_messages_delivered_total', []],
      ['messagesFailed', 'twilio.messages.failed', 'twilio_messages_failed_total', ['error_code']],
      ['callCallback', 'twilio.call.callback', 'twilio_call_callback_total', ['status']],
      ['callsCompleted', 'twilio.calls.completed', 'twilio_calls_completed_total', ['call_status']],
      ['callsFailed', 'twilio.calls.failed', 'twilio_calls_failed_total', ['disconnect_reason']],
      ['apiErrors', 'twilio.api.errors', 'twilio_api_errors_total', ['operation']],
    ];
  for (const [key, instrument, scraped, labels] of given) {
    it(`${scraped}{${labels.join()}}`, () => {
      const metric = row(key);
      expect([metric.kind, metric.name, prometheusName(metric)]).to.deep.equal(['counter', instrument, scraped]);
      const always = Object.entries(metric.labels).filter(([, label]) => !('optional' in label));
      expect(always.map(([name]) => name)).to.deep.equal(labels);
      expect(metric.durable ?? false, 'kept in the ledger').to.equal(key !== 'apiErrors');
    });
  }
});

describe('the metric table: what shows 0 before the first event', () => {
  const values = (key: MetricKey, label: string) => zeroSeries(row(key), SUPPLIED).map((set) => set[label]);

  it('each counter without labels', () => {
    expect(zeroSeries(METRICS.messagesDelivered, SUPPLIED)).to.deep.equal([{}]);
  });

  it('each status, and other', () => {
    expect(values('messageCallback', 'status')).to.have.length(14).and.include('other');
    expect(values('callCallback', 'status')).to.have.length(10).and.include('other');
  });

  it('unknown and other of the error codes, and no code before it is seen', () => {
    expect(values('messagesFailed', 'error_code')).to.deep.equal(['unknown', 'other']);
  });

  it('each disconnect_reason but normal', () => {
    expect(values('callsFailed', 'disconnect_reason')).to.have.length(10).and.not.include('normal');
  });

  it('each family', () => {
    expect(values('contradictions', 'family')).to.include.members(['message', 'call']);
  });
});

describe('the metric table: sanity', () => {
  it('has no two metrics of one name, on either road', () => {
    for (const names of [rows.map(([, { name }]) => name), rows.map(([, metric]) => prometheusName(metric))]) {
      expect(names.filter((name, i) => names.indexOf(name) !== i)).to.deep.equal([]);
    }
  });

  it('has no two label keys of a metric that read alike to Prometheus, which would refuse the whole page', () => {
    for (const [key, { labels }] of rows) {
      const sanitised = Object.keys(labels).map((label) => label.replaceAll(/[^A-Za-z0-9_]/g, '_'));
      expect(new Set(sanitised).size, key).to.equal(sanitised.length);
      for (const label of sanitised)
        expect(label, key)
          .to.match(/^[a-z][a-z0-9_]*$/)
          .and.not.equal('le');
    }
  });

  for (const [key, metric] of rows) {
    it(`${key} has a name, help, unit and bounds that hold on every road`, () => {
      expect(metric.name).to.match(/^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/);
      expect(metric.name, 'unit and _total are added on the way out').to.not.match(
        /(?:total|seconds|bytes|count|sum|bucket|ratio|info_total)$/,
      );
      expect(metric.help)
        .to.match(/^[A-Z0-9]/)
        .and.not.match(/\.$|\n/);
      expect(metric.help.length).to.be.greaterThan(15);
      if (metric.kind === 'observableGauge') expect(metric.unit, 'a ratio').to.not.equal('1');
      expect(metric.buckets === undefined, 'buckets').to.equal(metric.kind !== 'histogram');
      expect(metric.buckets ?? []).to.deep.equal([...(metric.buckets ?? [])].sort((a, b) => a - b));
      if (metric.durable) expect(metric.kind, 'kept').to.be.oneOf(['counter', 'histogram']);
      for (const label of Object.values(metric.labels)) {
        if (!('values' in label)) continue;
        expect(new Set(label.values).size).to.equal(label.values.length);
        expect(label.values).to.include.members([...(label.zero ?? [])]);
      }
    });
  }

  it('bounds the series of each metric whose labels are closed', () => {
    expect(budget(METRICS.messageCallback)).to.equal(14);
    expect(budget(METRICS.messagesFailed), 'and what a configuration may add').to.equal(2_524 + 1_000);
    expect(METRICS.messagesFailed.labels.error_code.values).to.have.length(2_524);
    expect(budget(METRICS.messagesDelivered)).to.equal(1);
    expect(budget(METRICS.httpServerRequestDuration)).to.equal(1_000);
    expect(budget(METRICS.contradictions), 'depends on the run').to.equal(undefined);
  });
});
