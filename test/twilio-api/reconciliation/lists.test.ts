import { expect } from 'chai';
import { NOTHING_REQUESTED } from '../../../instrumentation/requested.ts';
import { ErrorCodes } from '../../../src/families/message-errors.ts';
import type { Labeler } from '../../../src/feeds/labeler.ts';
import { LISTS } from '../../../src/twilio-api/reconciliation/lists.ts';

const LISTED = {
  sid: `SM${'0'.repeat(32)}`,
  from: '+14155550100',
  to: '+14155550199',
  accountSid: 'AC1',
  messagingServiceSid: 'MG1',
  direction: 'outbound-api',
  body: 'the code is secret-4711',
};

describe('reconciliation: labels on request of what is filled in', () => {
  const told: Record<string, unknown> = {};
  const labeler: Labeler = {
    message(fields, names, direction) {
      for (const [what, name] of Object.entries(names)) told[what] = fields.peek(name);
      told['direction'] = direction;
      told['body'] = fields.peek('body') ?? fields.peek('Body');
      return NOTHING_REQUESTED;
    },
    call(fields) {
      for (const name of ['CallSid', 'From', 'To', 'AccountSid', 'Direction']) told[name] = fields.peek(name);
      return NOTHING_REQUESTED;
    },
  };
  const reading = { labeler, errorCodes: new ErrorCodes(), backfill: true };
  const [messages, calls] = LISTS;
  beforeEach(() => {
    for (const name of Object.keys(told)) delete told[name];
  });

  it('are read of a message as of its callback, and its text is not to be had', () => {
    messages!.read({ ...LISTED, status: 'delivered' }, reading);
    expect(told).to.deep.equal({
      sid: LISTED.sid,
      from: '+14155550100',
      to: '+14155550199',
      account: 'AC1',
      service: 'MG1',
      direction: 'outbound',
      body: undefined,
    });
  });

  it('are read of a call as of its callback', () => {
    calls!.read({ ...LISTED, sid: `CA${'0'.repeat(32)}`, status: 'busy' }, reading);
    expect(told).to.deep.equal({
      CallSid: `CA${'0'.repeat(32)}`,
      From: '+14155550100',
      To: '+14155550199',
      AccountSid: 'AC1',
      Direction: 'outbound-api',
    });
  });
});
