import { expect } from 'chai';
import { Samples } from '../../src/status/samples.ts';

const PAGE = `# HELP twilio_message_callback_total x
# TYPE twilio_message_callback_total counter
twilio_message_callback_total{status="failed"} 3
twilio_message_callback_total{status="undelivered"} 4
twilio_message_callback_total{status="delivered"} 90
twilio_messages_delivered_total 90
twilio_messages_failed_by_category_total{error_category="delivery"} 2
twilio_messages_failed_by_category_total{error_category="a \\"quoted\\" one, and more"} 5
twilio_messages_failed_by_category_total{error_category="content"} 0
twilio_message_delivery_duration_seconds_bucket{le="1"} 50
twilio_message_delivery_duration_seconds_bucket{le="5"} 95
twilio_message_delivery_duration_seconds_bucket{le="+Inf"} 100
`;

describe('status: the samples of a scrape page', () => {
  const samples = new Samples(PAGE);
  const cases: readonly (readonly [name: string, found: unknown, wanted: unknown])[] = [
    ['a series without labels', samples.sum('messagesDelivered'), 90],
    ['all series of a metric', samples.sum('messageCallback'), 97],
    ['those with one of some values', samples.sum('messageCallback', { status: ['failed', 'undelivered'] }), 7],
    ['those with a value that none has', samples.sum('messageCallback', { status: 'sent' }), 0],
    ['a metric that is not there', samples.sum('callsCompleted'), 0],
    [
      'by a label, the largest first, without zeros',
      samples.by('messagesFailedByCategory', 'error_category'),
      [
        ['a \\"quoted\\" one, and more', 5],
        ['delivery', 2],
      ],
    ],
    ['what 95% stayed below', samples.atMost('messageDeliveryDuration', 0.95), 5],
    ['what is beyond the last boundary', samples.atMost('messageDeliveryDuration', 0.99), Number.POSITIVE_INFINITY],
    ['a histogram of nothing', samples.atMost('callDuration', 0.95), undefined],
    ['an empty page', new Samples('').all('callbacks'), []],
  ];
  for (const [name, found, wanted] of cases) {
    it(name, () => {
      expect(found).to.deep.equal(wanted);
    });
  }
});
