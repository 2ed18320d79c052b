import { expect } from 'chai';
import { add, series, seriesId, seriesLabels } from '../../instrumentation/increments.ts';
import { METRICS } from '../../instrumentation/metrics.ts';

describe('increments', () => {
  it('of equal labels share one series object, whatever the order of the keys', () => {
    const first = series('callbacks', { family: 'message', outcome: 'accepted' });
    const second = series('callbacks', { outcome: 'accepted', family: 'message' });
    expect(first).to.equal(second);
    expect(Object.keys(second.labels)).to.deep.equal(['family', 'outcome']);
  });

  it('of other labels, or of another metric, do not', () => {
    expect(series('messageCallback', { status: 'sent' })).to.not.equal(series('messageCallback', { status: 'read' }));
    expect(series('messageCallback', { status: 'other' })).to.not.equal(series('callCallback', { status: 'other' }));
  });

  it('have labels that nobody can change, because the SDK keeps them by reference', () => {
    const { labels } = add('messageCallback', { status: 'sent' }).series;
    expect(() => ((labels as Record<string, string>)['status'] = 'read')).to.throw(TypeError);
  });

  it('do not keep the object that they were made from', () => {
    const given = { status: 'queued' } as { status: 'queued' | 'sent' };
    const increment = add('messageCallback', given);
    given.status = 'sent';
    expect(increment.series.labels).to.deep.equal({ status: 'queued' });
    expect(Object.isFrozen(given)).to.equal(false);
  });

  it('count one', () => {
    expect(add('messagesDelivered')).to.deep.include({ value: 1 });
  });

  it('have an id that names the instrument and the labels', () => {
    expect(add('messagesDelivered').series.id).to.equal('twilio.messages.delivered');
    expect(add('messageCallback', { status: 'sent' }).series.id).to.equal('twilio.message.callback{"status":"sent"}');
    expect(
      seriesId('a', [
        ['x', '"}'],
        ['y', ''],
      ]),
    ).to.equal('a{"x":"\\"}","y":""}');
  });

  it('have an id from which the labels can be read back, for this metric and its keys only', () => {
    const { id, labels } = series('messageCallback', { status: 'sent' });
    expect(seriesLabels(id, METRICS.messageCallback)).to.deep.equal(labels);
    expect(seriesLabels('twilio.messages.delivered', METRICS.messagesDelivered)).to.deep.equal({});
    expect(seriesLabels(id, { ...METRICS.messageCallback, name: 'twilio.message' })).to.equal(undefined);
    expect(seriesLabels(id, METRICS.callCallback)).to.equal(undefined);
    expect(seriesLabels(id, { name: METRICS.messageCallback.name, labels: {} })).to.equal(undefined);
  });
});
