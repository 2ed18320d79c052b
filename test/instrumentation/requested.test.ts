import { expect } from 'chai';
import { add, labelled, requestedSeries, savedSeries, series, seriesLabels } from '../../instrumentation/increments.ts';
import { METRICS } from '../../instrumentation/metrics.ts';
import {
  filledIn,
  NOTHING_REQUESTED,
  othersOf,
  REQUESTED_KEYS,
  REQUESTED_LABELS,
  requestedOf,
  requestedRow,
} from '../../instrumentation/requested.ts';

const told = requestedOf({ country: 'IN', channel: 'sms', carrier: 'unknown' });

describe('labels on request: what a record keeps', () => {
  it('is one text, in the order of the table, whatever order they were read in', () => {
    expect(told.kept).to.equal('cIN|h0');
    expect(requestedOf({ carrier: 'unknown', channel: 'sms', country: 'IN' }).text).to.equal(told.text);
    expect(requestedOf({})).to.equal(NOTHING_REQUESTED);
  });

  it('has a letter of its own for each label', () => {
    const letters = Object.values(REQUESTED_LABELS).map(({ letter }) => letter);
    expect(new Set(letters).size).to.equal(letters.length);
    // They are on disk: a letter that is changed would make an old record say something else.
    expect(letters.join('')).to.equal('chdsmga');
  });

  const ROWS = [
    ['nothing kept: what is told', undefined, { country: 'IN', channel: 'sms', carrier: 'unknown' }],
    ['the same', 'cIN|h0', { country: 'IN', channel: 'sms', carrier: 'unknown' }],
    ['what is kept stays', 'cUS|h1', { country: 'US', channel: 'mms', carrier: 'unknown' }],
    ['what was unknown is filled in', '', { country: 'IN', channel: 'sms', carrier: 'unknown' }],
    [
      'what is known stays where the event does not know it',
      'cIN|h0m310-410|',
      { country: 'IN', channel: 'sms', carrier: '310-410' },
    ],
    ['what was other stays', 'cother|h-', { country: 'other', channel: 'other', carrier: 'unknown' }],
    ['a label that came later is added', 'cUS|', { country: 'US', channel: 'sms', carrier: 'unknown' }],
    [
      'a label that is no longer asked for is left out',
      'cUS|h0gotp|',
      { country: 'US', channel: 'sms', carrier: 'unknown' },
    ],
    ['what a newer version wrote is left out', 'cUS|x7', { country: 'US', channel: 'sms', carrier: 'unknown' }],
  ] as const;
  for (const [what, kept, want] of ROWS) it(what, () => expect(filledIn(kept, told).values).to.deep.equal(want));

  it('every value comes back from what is kept', () => {
    for (const key of REQUESTED_KEYS) {
      for (const value of [...(requestedRow(key).values ?? ['US', '310-410', 'Log in: EU/1']), 'other']) {
        const { kept } = requestedOf({ [key]: value });
        expect(filledIn(kept, requestedOf({ [key]: 'unknown' })).values, kept).to.deep.equal({ [key]: value });
      }
    }
  });

  it('others keep their keys', () =>
    expect(othersOf(told).values).to.deep.equal({ country: 'other', channel: 'other', carrier: 'other' }));
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
