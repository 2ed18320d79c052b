import { expect } from 'chai';
import { BODY, freshSid, message, PUBLIC_URL, signature, TO, TOKEN } from './receive/support/wire.ts';
import { leaks } from './told.ts';

const SIGNATURE = signature(`${PUBLIC_URL}/webhooks/message`, message());

describe('what agents tell in a whole run', () => {
  const private_: readonly (readonly [name: string, line: string])[] = [
    ['a SID of a message', `{"msg":"refused ${freshSid('SM')}"}`],
    ['a SID in a label', `twilio_x_total{sid="${freshSid('CA')}"} 1`],
    ['a number', `{"to":"${TO}"}`],
    ['a number that no test is known to send', '{"to":"+12025550199"}'],
    ['a number, URL-encoded', '/webhooks/message?To=%2b12025550199&x=1'],
    ['a text, in base64', btoa(`{${BODY}}`)],
    ['a token', `auth_token: ${TOKEN}`],
    ['a signature', `expected ${SIGNATURE}, got another`],
  ];
  for (const [name, line] of private_) {
    it(`finds ${name}`, () => expect(leaks(['a harmless line', line])).to.have.length(1));
  }

  it('finds nothing in what agents say all day', () => {
    const lines = [
      'Invalid signature',
      '{"level":"warn","msg":"message: signature_invalid: set PUBLIC_URL","suppressed":12000000000}',
      'twilio_message_callback_total{status="delivered"} 12025550199',
      'traceparent 0af7651916cd43dd8448eb211c80319c',
    ];
    expect(leaks(lines)).to.deep.equal([]);
  });
});
