import { expect } from 'chai';
import { unknownIn } from './promql.ts';

describe('what the metric table does not know of an expression', () => {
  const cases: [name: string, expr: string, unknown: string[]][] = [
    [
      'nothing',
      'sum by (job, status) (rate(twilio_message_callback_total{status=~"failed|undelivered"}[5m])) * 60 > 10',
      [],
    ],
    [
      'nothing in a quantile of a histogram',
      'histogram_quantile(0.99, sum by (le) (rate(http_server_request_duration_seconds_bucket{http_route="/x"}[5m])))',
      [],
    ],
    ['a misspelt metric', 'rate(twilio_mesage_callback_total[5m])', ['twilio_mesage_callback_total']],
    ['a misspelt metric with labels', 'twilio_x_total{status="sent"}', ['twilio_x_total']],
    [
      'a label that the metric has not',
      'twilio_messages_failed_total{code="30003"}',
      ['twilio_messages_failed_total{code}'],
    ],
    [
      'a value outside the closed set',
      'twilio_call_callback_total{status=~"busy|no_answer"}',
      ['twilio_call_callback_total{status="no_answer"}'],
    ],
    [
      'an outcome that is none',
      'twilio_agent_callbacks_total{outcome="forged"}',
      ['twilio_agent_callbacks_total{outcome="forged"}'],
    ],
    [
      'nothing in a join',
      'twilio_messages_failed_total * on (error_code) group_left (actor) twilio_error_code_info',
      [],
    ],
    [
      'a label to join that neither metric has',
      'twilio_messages_failed_total * on (error_code) group_left (who) twilio_error_code_info',
      ['by (who)'],
    ],
    ['a label to sum by that no metric has', 'sum by (code) (twilio_messages_failed_total)', ['by (code)']],
    [
      'a histogram without its suffix',
      'http_server_request_duration_seconds',
      ['http_server_request_duration_seconds'],
    ],
    ['a recorded name that no rule records', 'job:nothing:rate5m', ['job:nothing:rate5m']],
  ];
  for (const [name, expr, unknown] of cases) {
    it(name, () => expect(unknownIn(expr)).to.deep.equal(unknown));
  }

  it('knows the names that rules record', () => {
    expect(unknownIn('job:some:rate5m > 0', new Set(['job:some:rate5m']))).to.deep.equal([]);
  });
});
