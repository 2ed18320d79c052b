import { expect } from 'chai';
import { add, observe } from '../../instrumentation/increments.ts';
import { METRIC_KEYS, row } from '../../instrumentation/metrics.ts';
import { prometheusName } from '../../instrumentation/names.ts';
import { Scrape } from '../../instrumentation/prometheus.ts';
import { createTelemetry } from '../../instrumentation/provider.ts';
import { RESOURCE, SUPPLIED } from './reader.ts';

function page() {
  const scrape = new Scrape(() => ({ startTimeMs: 0, totals: new Map() }));
  const { instruments } = createTelemetry(RESOURCE, [scrape.reader], SUPPLIED);
  return { instruments, lines: async () => (await scrape.page()).split('\n') };
}

describe('instruments on a scrape page', () => {
  it('show every zero series before the first event', async () => {
    const { lines } = page();
    const shown = await lines();
    for (const line of [
      'twilio_messages_delivered_total 0',
      'twilio_message_callback_total{status="failed"} 0',
      'twilio_messages_failed_total{error_code="unknown"} 0',
      'twilio_calls_completed_total{call_status="completed"} 0',
      'twilio_calls_failed_total{disconnect_reason="carrier_error"} 0',
      'twilio_agent_contradictions_total{family="message"} 0',
    ]) {
      expect(shown).to.include(line);
    }
  });

  it('count what is recorded, in the series of its labels', async () => {
    const { instruments, lines } = page();
    const sent = add('messageCallback', { status: 'sent' });
    instruments.record([sent, sent, add('messagesDelivered'), { ...sent, value: 5 }]);
    const shown = await lines();
    expect(shown).to.include('twilio_message_callback_total{status="sent"} 7');
    expect(shown).to.include('twilio_messages_delivered_total 1');
    expect(shown).to.include('twilio_message_callback_total{status="read"} 0');
  });

  it('record durations in the buckets of the table', async () => {
    const { instruments, lines } = page();
    instruments.record([observe('ledgerCommitDuration', 0.002)]);
    const shown = await lines();
    expect(shown).to.include('twilio_agent_ledger_commit_duration_seconds_bucket{le="0.001"} 0');
    expect(shown).to.include('twilio_agent_ledger_commit_duration_seconds_bucket{le="0.0025"} 1');
    expect(shown).to.include('twilio_agent_ledger_commit_duration_seconds_count 1');
  });

  it('drop what is no number, instead of staying NaN for ever', async () => {
    const { instruments, lines } = page();
    const delivered = add('messagesDelivered');
    instruments.record([{ ...delivered, value: Number.NaN }, delivered]);
    expect(await lines()).to.include('twilio_messages_delivered_total 1');
  });

  it('read observable ones at each scrape, and drop a series that is no longer reported', async () => {
    const { instruments, lines } = page();
    let version: string | undefined = '1';
    instruments.observe('buildInfo', () => (version ? [[1, { version }]] : undefined));
    const shown = async () => (await lines()).filter((line) => /^twilio_agent_build_info\{/.test(line));
    expect(await shown()).to.deep.equal(['twilio_agent_build_info{version="1"} 1']);
    version = '2';
    expect(await shown()).to.deep.equal(['twilio_agent_build_info{version="2"} 1']);
    version = undefined;
    expect(await shown()).to.deep.equal([]);
    version = '1';
    expect(await shown()).to.deep.equal(['twilio_agent_build_info{version="1"} 1']);
  });

  it('have the names that the table promises, each with its help, and no scope or unit lines', async () => {
    const { instruments, lines } = page();
    instruments.record([observe('ledgerBatchSize', 1)]);
    const shown = await lines();
    const expected = new Map(METRIC_KEYS.map((key) => [prometheusName(row(key)), row(key).help]));
    const named = shown.filter((line) => line.startsWith('# HELP ') && !line.includes('target_info'));
    expect(named).to.have.length.greaterThan(8);
    for (const line of named) {
      const [, name, help] = /^# HELP (\S+) (.*)$/.exec(line)!;
      expect(help).to.equal(expected.get(name!));
    }
    expect(shown.join('\n')).to.not.match(/otel_scope_|# UNIT/);
    expect(shown.filter((line) => line.startsWith('target_info{'))).to.have.length(1);
  });

  it('fail the page when a reading throws: no page may look complete and not be', async () => {
    const { instruments, lines } = page();
    instruments.observe('ledgerEntries', () => {
      throw new Error('unreadable');
    });
    const failure = await lines().then(
      () => 'a page',
      (error: Error) => error.message,
    );
    expect(failure).to.equal('a metric could not be collected');
  });

  it('share one collection between scrapes at the same time, and keep nothing for a later one', async () => {
    const { instruments, lines } = page();
    let readings = 0;
    instruments.observe('ledgerEntries', () => ++readings);
    await Promise.all([lines(), lines(), lines()]);
    expect(readings).to.equal(1);
    expect(await lines()).to.include('twilio_agent_ledger_entries 2');
  });
});
