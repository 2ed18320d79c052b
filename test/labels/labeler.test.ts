import { expect } from 'chai';
import { parsePhoneNumberFromString as parse } from 'libphonenumber-js/max';
import { NOTHING_REQUESTED } from '../../instrumentation/requested.ts';
import { Form } from '../../src/feeds/reading/form.ts';
import { JsonFields } from '../../src/feeds/reading/json-fields.ts';
import { Carriers } from '../../src/labels/carriers.ts';
import { createLabeler, type LabelChoice } from '../../src/labels/labeler.ts';
import { Numbers } from '../../src/labels/numbers.ts';
import { RECEPTION } from '../families/play.ts';
import { parametersOf } from '../parameters.ts';

type Given = Readonly<Record<string, string>>;

const OTP = `MG${'0a'.repeat(16)}`;
const MAIN = `AC${'0b'.repeat(16)}`;
const NONE: LabelChoice = {
  country: false,
  channel: false,
  direction: false,
  sender: false,
  carrier: false,
  messaging_service: {},
  account: {},
};
const ALL: LabelChoice = {
  country: true,
  channel: true,
  direction: true,
  sender: true,
  carrier: true,
  messaging_service: { [OTP]: 'otp' },
  account: { [MAIN]: 'main' },
};
const labeler = (choice: LabelChoice) => createLabeler(choice, new Numbers(parse), new Carriers(200, []));
const form = (given: Given) => new Form(parametersOf(Object.entries(given)), RECEPTION);
const NAMES = { sid: 'MessageSid', from: 'From', to: 'To', account: 'AccountSid', service: 'MessagingServiceSid' };
const SMS = { MessageSid: `SM${'1a'.repeat(16)}`, From: '+15017122661', To: '+919876543210' };

describe('labels: what a message says of itself', () => {
  const all = labeler(ALL);
  const ROWS: readonly (readonly [what: string, given: Given, labels: Given])[] = [
    ['a text', SMS, { country: 'IN', channel: 'sms', sender: 'long_code', direction: 'outbound' }],
    ['a picture', { ...SMS, MessageSid: `MM${'1a'.repeat(16)}` }, { channel: 'mms' }],
    [
      'WhatsApp',
      { ...SMS, From: 'whatsapp:+14155238886', To: 'whatsapp:+5511987654321' },
      { channel: 'whatsapp', country: 'BR', sender: 'long_code' },
    ],
    [
      'Messenger, which has no numbers',
      { ...SMS, From: 'messenger:107', To: 'messenger:95' },
      { channel: 'messenger', country: 'unknown' },
    ],
    [
      'Messenger, whose names are as long as numbers',
      { ...SMS, From: 'messenger:107083064136738', To: 'messenger:4915123456789' },
      { channel: 'messenger', country: 'unknown', sender: 'other' },
    ],
    [
      'WhatsApp, whose plus an unencoded form made a space',
      { ...SMS, From: 'whatsapp: 14155238886', To: 'WhatsApp: 5511987654321' },
      { channel: 'whatsapp', country: 'BR', sender: 'long_code' },
    ],
    ['RCS by a short name', { ...SMS, From: 'rcs:acme' }, { channel: 'rcs', sender: 'other' }],
    ['RCS, which tells the sender by a name', { ...SMS, From: 'rcs:acme_agent' }, { channel: 'rcs', country: 'IN' }],
    [
      'a channel that is new',
      { ...SMS, From: 'viber:acme', To: 'viber:+919876543210' },
      { channel: 'other', country: 'IN' },
    ],
    [
      'a prefix that every object has',
      { ...SMS, From: 'constructor:1', To: 'constructor:1' },
      { channel: 'other', country: 'unknown' },
    ],
    ['from a short code', { ...SMS, From: '22395' }, { sender: 'short_code' }],
    ['from a toll-free number', { ...SMS, From: '+18005550123' }, { sender: 'toll_free' }],
    ['from a name', { ...SMS, From: 'ACME Shop' }, { sender: 'alphanumeric' }],
    ['from something else', { ...SMS, From: '~~~~~~~~~~~~~~~~~~~~~~~~' }, { sender: 'other' }],
    ['from nobody', { ...SMS, From: '' }, { sender: 'unknown' }],
    ['to a short code', { ...SMS, To: '22395' }, { country: 'unknown' }],
    ['to a number of nowhere', { ...SMS, To: '+99912345678' }, { country: 'other' }],
    ['to nobody', { MessageSid: SMS.MessageSid }, { country: 'unknown', channel: 'sms', sender: 'unknown' }],
    ['of a service with a name', { ...SMS, MessagingServiceSid: OTP }, { messaging_service: 'otp' }],
    [
      'of a service without one',
      { ...SMS, MessagingServiceSid: `MG${'2a'.repeat(16)}` },
      { messaging_service: 'other' },
    ],
    ['of no service', SMS, { messaging_service: 'unknown', account: 'unknown', carrier: 'unknown' }],
    ['of a service that every object has', { ...SMS, MessagingServiceSid: 'toString' }, { messaging_service: 'other' }],
    ['of an account with a name', { ...SMS, AccountSid: MAIN }, { account: 'main' }],
    ['of another account', { ...SMS, AccountSid: `AC${'2a'.repeat(16)}` }, { account: 'other' }],
  ];
  for (const [what, given, labels] of ROWS) {
    it(what, () => expect(all.message(form(given), NAMES, 'outbound').values).to.include(labels));
  }

  it('an inbound one is told apart by who sent it', () => {
    const told = all.message(form({ ...SMS, From: '+447400123456', To: '+15017122661' }), NAMES, 'inbound');
    expect(told.values).to.include({ country: 'GB', direction: 'inbound' });
  });

  it('a parameter that is there twice, or holds control characters, makes a label unknown and refuses nothing', () => {
    const twice = new Form(parametersOf([...Object.entries(SMS), ['To', '+447400123456']]), RECEPTION);
    expect(all.message(twice, NAMES, 'outbound').values).to.include({ country: 'unknown' });
    expect(all.message(form({ ...SMS, To: '+9198765\u000043210' }), NAMES, 'outbound').values).to.include({
      country: 'unknown',
    });
  });

  it('only what was asked for is read', () => {
    expect(labeler(NONE).message(form(SMS), NAMES, 'outbound')).to.equal(NOTHING_REQUESTED);
    expect(labeler({ ...NONE, channel: true }).message(form(SMS), NAMES, 'outbound').values).to.deep.equal({
      channel: 'sms',
    });
  });

  it('no address is in what was read', () => {
    for (const [, given] of ROWS) {
      const { text } = all.message(form(given), NAMES, 'outbound');
      expect(text)
        .to.not.match(/\d{5}/)
        .and.not.match(/ACME|acme|agent|AC[0-9a-f]{4}|MG[0-9a-f]{4}/);
    }
  });
});

describe('labels: the carrier, which Event Streams tells', () => {
  const names = { ...NAMES, mcc: 'mcc', mnc: 'mnc' };
  const ROWS: readonly (readonly [what: string, given: Readonly<Record<string, unknown>>, carrier: string])[] = [
    ['codes as text', { mcc: '310', mnc: '410' }, '310-410'],
    ['codes as numbers, which lost a zero', { mcc: 262, mnc: 1 }, '262-01'],
    ['one code alone', { mcc: '310' }, 'unknown'],
    ['none', {}, 'unknown'],
    ['null', { mcc: null, mnc: null }, 'unknown'],
    ['codes that are none', { mcc: 'abc', mnc: '1' }, 'other'],
    ['codes of a wrong kind', { mcc: ['310'], mnc: '1' }, 'unknown'],
  ];
  for (const [what, given, carrier] of ROWS) {
    it(what, () => {
      const told = labeler(ALL).message(new JsonFields(given, RECEPTION), names, 'outbound');
      expect(told.values).to.include({ carrier });
    });
  }

  it('the first ones that are seen have a name, and those of a ledger are the first', () => {
    const carriers = new Carriers(3, ['310-410']);
    const named = ['001', '002', '003', '001', '410'].map((mnc) => carriers.name('310', mnc));
    expect(named).to.deep.equal(['310-001', '310-002', 'other', '310-001', '310-410']);
  });
});

describe('labels: what a call says of itself', () => {
  const all = labeler(ALL);
  const CALL = {
    CallSid: `CA${'1a'.repeat(16)}`,
    From: '+15017122661',
    To: '+919876543210',
    Direction: 'outbound-api',
  };
  const ROWS: readonly (readonly [what: string, given: Given, labels: Given])[] = [
    ['to a telephone', CALL, { country: 'IN', channel: 'phone', direction: 'outbound', sender: 'long_code' }],
    [
      'from one',
      { ...CALL, Direction: 'inbound', From: '+447400123456' },
      { country: 'GB', channel: 'phone', direction: 'inbound' },
    ],
    ['to SIP', { ...CALL, To: 'sip:alice@example.com' }, { country: 'unknown', channel: 'sip' }],
    ['to SIP by a number', { ...CALL, To: 'sip:+14155552671@example.com' }, { country: 'unknown', channel: 'sip' }],
    ['to an app', { ...CALL, To: 'client:alice' }, { country: 'unknown', channel: 'client' }],
    [
      'to an app by digits',
      { ...CALL, From: 'client:12345', To: 'client:4915123456789' },
      { country: 'unknown', channel: 'client', sender: 'other' },
    ],
    ['to SIP by digits', { ...CALL, To: 'sips:4915123456789' }, { country: 'unknown', channel: 'sip' }],
    ...['+266696687', '+7378742833', '+2562533', '+8656696', '+86282452253'].map(
      (From) =>
        [
          `from somebody who withholds the number: ${From}`,
          { ...CALL, From, Direction: 'inbound' },
          { country: 'unknown', channel: 'phone', sender: 'unknown' },
        ] as const,
    ),
    [
      'from somebody who withholds the number, in words',
      { ...CALL, From: 'Anonymous', Direction: 'inbound' },
      { country: 'unknown', channel: 'phone', sender: 'unknown' },
    ],
    ['to an emergency number', { ...CALL, To: '911' }, { country: 'unknown', channel: 'phone' }],
    ['by <Dial>', { ...CALL, Direction: 'outbound-dial' }, { direction: 'outbound' }],
    ['out of a SIP trunk', { ...CALL, Direction: 'trunking-terminating' }, { direction: 'outbound', country: 'IN' }],
    ['a direction that is new', { ...CALL, Direction: 'sideways' }, { direction: 'other' }],
    ['no direction', { CallSid: CALL.CallSid, To: CALL.To }, { direction: 'unknown', country: 'IN' }],
    ['nobody at the other end', { CallSid: CALL.CallSid }, { country: 'unknown', channel: 'unknown' }],
    ['of an account with a name', { ...CALL, AccountSid: MAIN }, { account: 'main' }],
  ];
  for (const [what, given, labels] of ROWS) {
    it(what, () => expect(all.call(form(given)).values).to.include(labels));
  }

  it('has no service and no carrier', () => {
    expect(all.call(form(CALL)).values).to.not.have.any.keys('messaging_service', 'carrier');
  });
});
