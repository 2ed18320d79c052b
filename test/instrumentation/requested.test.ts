import { expect } from 'chai';
import { add, labelled, requestedSeries, savedSeries, series, seriesLabels } from '../../instrumentation/increments.ts';
import { METRICS } from '../../instrumentation/metrics.ts';
import { filledIn, othersOf, REQUESTED_LABELS, requestedOf } from '../../instrumentation/requested.ts';

const told = requestedOf({ country: 'IN', channel: 'sms', carrier: 'unknown' });

describe('labels on request: what a record keeps', () => {
  it('is one text, in the order of the table, whatever order they were read in', () => {
    expect(told.text).to.equal('cIN|hsms|munknown');
    expect(requestedOf({ carrier: 'unknown', channel: 'sms', country: 'IN' }).text).to.equal(told.text);
    expect(requestedOf({}).text).to.equal('');
  });

  it('has a letter of its own for each label', () => {
    const letters = Object.values(REQUESTED_LABELS).map(({ letter }) => letter);
    expect(new Set(letters).size).to.equal(letters.length);
    // They are on disk: a letter that is changed would make an old record say something else.
    expect(letters.join('')).to.equal('chdsmga');
  });

  const ROWS = [
    ['nothing kept: what is told', undefined, 'cIN|hsms|munknown'],
    ['the same', 'cIN|hsms|munknown', 'cIN|hsms|munknown'],
    ['what is kept stays', 'cUS|hmms|munknown', 'cUS|hmms|munknown'],
    ['what is unknown is filled in', 'cunknown|hunknown|munknown', 'cIN|hsms|munknown'],
    ['what is known stays where the event does not know it', 'cIN|hsms|m310-410', 'cIN|hsms|m310-410'],
    ['a label that came later is added', 'cUS', 'cUS|hsms|munknown'],
    ['a label that is no longer asked for is left out', 'cUS|hsms|munknown|aother', 'cUS|hsms|munknown'],
  ] as const;
  for (const [what, kept, want] of ROWS) it(what, () => expect(filledIn(kept, told).text).to.equal(want));

  it('others keep their keys', () => expect(othersOf(told).text).to.equal('cother|hother|mother'));
});

describe('labels on request: series', () => {
  it('stand behind the own labels of the metric, in the id too, from which they can be read back', () => {
    const { id, labels } = requestedSeries(series('messageCallback', { status: 'sent' }), told);
    expect(id).to.equal('twilio.message.callback{"status":"sent","country":"IN","channel":"sms","carrier":"unknown"}');
    expect(seriesLabels(id, METRICS.messageCallback)).to.deep.equal(labels);
    expect(savedSeries('messageCallback', labels)).to.equal(
      requestedSeries(series('messageCallback', { status: 'sent' }), told),
    );
  });

  it('are those of a metric that takes them, and no other label is', () => {
    expect(seriesLabels('twilio.call.callback{"status":"ringing","carrier":"x"}', METRICS.callCallback)).to.equal(
      undefined,
    );
    expect(seriesLabels('twilio.messages.delivered{"country":"IN"}', METRICS.messagesDelivered)).to.deep.equal({
      country: 'IN',
    });
    expect(seriesLabels('twilio.messages.delivered{"shoe":"42"}', METRICS.messagesDelivered)).to.equal(undefined);
  });

  it('are given to the increments of metrics that take them only', () => {
    const given = [add('messagesDelivered'), add('contradictions', { family: 'message' })];
    expect(labelled(given, told).map(({ requested }) => requested?.text)).to.deep.equal([told.text, undefined]);
    expect(labelled(given, requestedOf({}))).to.equal(given);
  });
});
