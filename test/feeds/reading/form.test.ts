import { expect } from 'chai';
import { call } from '../../../src/feeds/call.ts';
import { FEED_NAMES, FEEDS } from '../../../src/feeds/index.ts';
import { message } from '../../../src/feeds/message.ts';
import type { Reception } from '../../../src/feeds/reading/fields.ts';
import { Form } from '../../../src/feeds/reading/form.ts';
import { Rejection } from '../../../src/rejection.ts';
import { RECEPTION, read } from '../../families/play.ts';
import { NOON_MS } from '../../manual-clock.ts';
import { type Pairs, parametersOf } from '../../parameters.ts';

const HEX = 'b2'.repeat(16);
const CALL = { CallSid: `CA${HEX}`, CallStatus: 'ringing' };

/** `ok`, or `reason: subject`. */
function refusal(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    if (error instanceof Rejection) return `${error.reason}: ${error.subject}`;
    throw error;
  }
}

const form = (pairs: Pairs) => new Form(parametersOf(pairs), RECEPTION);
const parsePairs = (pairs: Pairs) => refusal(() => message.read(form(pairs)));

describe('feeds: SIDs', () => {
  const strict: readonly (readonly [string, string, string])[] = [
    ['a message', `SM${HEX}`, 'ok'],
    ['a media message', `MM${HEX}`, 'ok'],
    ['no SID', '', 'missing_field: MessageSid'],
    ['another kind', `CA${HEX}`, 'invalid_sid: MessageSid'],
    ['upper-case hex', `SM${HEX.toUpperCase()}`, 'invalid_sid: MessageSid'],
    ['one digit too few', `SM${HEX.slice(1)}`, 'invalid_sid: MessageSid'],
    ['one digit too many', `SM${HEX}0`, 'invalid_sid: MessageSid'],
    ['a line end', `SM${HEX}\n`, 'invalid_sid: MessageSid'],
    ['a blank before it', ` SM${HEX}`, 'invalid_sid: MessageSid'],
    ['a NUL in it', `SM${HEX.slice(1)}\0`, 'invalid_sid: MessageSid'],
    ['made-up text', 'my-first-message', 'invalid_sid: MessageSid'],
  ];
  for (const [name, sid, expected] of strict) {
    it(`${name}: ${expected}`, () => {
      expect(
        parsePairs([
          ['MessageSid', sid],
          ['MessageStatus', 'sent'],
        ]),
      ).to.equal(expected);
    });
  }

  for (const [sid, expected] of [
    ['my-first-message', 'ok'],
    ['1', 'ok'],
    [`SM${HEX}`, 'ok'],
    ['', 'missing_field: MessageSid'],
    ['two words', 'invalid_sid: MessageSid'],
    ['a\nb', 'invalid_sid: MessageSid'],
    ['x'.repeat(129), 'invalid_sid: MessageSid'],
  ] as const) {
    it(`in local trial ${JSON.stringify(sid.slice(0, 40))}: ${expected}`, () => {
      const fields = { MessageSid: sid, MessageStatus: 'sent' };
      expect(refusal(() => read(message, fields, { strictSids: false }))).to.equal(expected);
    });
  }
});

describe('feeds: parameters', () => {
  const sid = ['MessageSid', `SM${HEX}`] as const;
  const status = ['MessageStatus', 'sent'] as const;
  const cases: readonly (readonly [string, Pairs, string])[] = [
    ['no status', [sid], 'missing_field: MessageStatus'],
    ['an empty status', [sid, ['MessageStatus', '']], 'missing_field: MessageStatus'],
    ['a boundary that was moved', [['ErrorCode', `30003MessageSidSM${HEX}`], status], 'missing_field: MessageSid'],
    ['the SID twice, with one value', [sid, sid, status], 'duplicate_parameter: MessageSid'],
    ['the status twice', [sid, status, ['MessageStatus', 'delivered']], 'duplicate_parameter: MessageStatus'],
    ['the error code twice', [sid, status, ['ErrorCode', '1'], ['ErrorCode', '1']], 'duplicate_parameter: ErrorCode'],
    ['a parameter that nobody reads, twice', [sid, status, ['MediaUrl', 'a'], ['MediaUrl', 'b']], 'ok'],
    ['names of object methods', [sid, status, ['__proto__', 'x'], ['constructor', 'y'], ['toString', 'z']], 'ok'],
    ['a control character in a status', [sid, ['MessageStatus', 'sent\r\n']], 'invalid_field: MessageStatus'],
    ['a NUL in an error code', [sid, status, ['ErrorCode', '30003\0']], 'invalid_field: ErrorCode'],
    ['control characters in a body', [sid, status, ['Body', 'a\0\r\nb']], 'ok'],
    ['a SID given as a list', [['MessageSid[]', sid[1]], status], 'missing_field: MessageSid'],
    [
      'a call on the message path',
      [
        ['CallSid', `CA${HEX}`],
        ['CallStatus', 'ringing'],
      ],
      'wrong_feed: CallStatus',
    ],
  ];
  for (const [name, pairs, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      expect(parsePairs(pairs)).to.equal(expected);
    });
  }

  it('tells which parameter held an unknown value', () => {
    const known = form([sid, status]);
    message.read(known);
    const unknown = form([sid, ['MessageStatus', 'teleported']]);
    message.read(unknown);
    expect([known.unknown, unknown.unknown]).to.deep.equal([undefined, 'MessageStatus']);
  });
});

describe('feeds: the signed Timestamp of a call', () => {
  const at = (ms: number) => new Date(ms).toUTCString().replace('GMT', '+0000');
  const DAY_MS = 86_400_000;
  const cases: readonly (readonly [string, string, string])[] = [
    ['a minute ago', at(NOON_MS - 60_000), 'ok'],
    ['as Twilio writes it', 'Wed, 14 Oct 2026 12:03:01 +0000', 'ok'],
    ['in another zone', 'Wed, 14 Oct 2026 14:03:01 +0200', 'ok'],
    ['without the day of the week and the seconds, as RFC 2822 allows', '14 Oct 2026 12:03 GMT', 'ok'],
    ['in ISO 8601 with an offset', '2026-10-14T14:03:01+02:00', 'ok'],
    ['in ISO 8601', '2026-10-14T12:03:01Z', 'ok'],
    ['in ISO 8601 with a fraction', '2026-10-14T12:03:01.123456Z', 'ok'],
    ['none', '', 'ok'],
    ['the very start of the window', at(NOON_MS - 7 * DAY_MS), 'ok'],
    ['before the window', at(NOON_MS - 7 * DAY_MS - 1_000), 'too_old: Timestamp'],
    ['an hour ahead', at(NOON_MS + 3_600_000), 'ok'],
    ['more than an hour ahead', at(NOON_MS + 3_601_000), 'too_old: Timestamp'],
    ['a date alone', '2026-10-14', 'invalid_field: Timestamp'],
    ['a number', '1791979381', 'invalid_field: Timestamp'],
    ['words', 'yesterday', 'invalid_field: Timestamp'],
    ['a day that is none', 'Wed, 42 Oct 2026 12:03:01 +0000', 'invalid_field: Timestamp'],
    ['a month that is none', 'Wed, 14 Xyz 2026 12:03:01 +0000', 'invalid_field: Timestamp'],
  ];
  for (const [name, timestamp, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      expect(refusal(() => read(call, { ...CALL, Timestamp: timestamp }))).to.equal(expected);
    });
  }

  const jumped: readonly (readonly [string, Partial<Reception>])[] = [
    ['the wall clock jumped', { wallMs: NOON_MS + 30 * DAY_MS }],
    ['the machine slept, and only the wall clock knows', { receivedAtMs: NOON_MS - 30 * DAY_MS }],
  ];
  for (const [name, reception] of jumped) {
    it(`good by one of two clocks is good: ${name}`, () => {
      expect(refusal(() => read(call, { ...CALL, Timestamp: at(NOON_MS) }, reception))).to.equal('ok');
    });
  }

  it('good by neither clock is refused', () => {
    const both = { receivedAtMs: NOON_MS + 30 * DAY_MS, wallMs: NOON_MS + 30 * DAY_MS };
    expect(refusal(() => read(call, { ...CALL, Timestamp: at(NOON_MS) }, both))).to.equal('too_old: Timestamp');
  });
});

describe('feeds: the list', () => {
  it('has names that serve as a path and a label, each once', () => {
    const names = FEEDS.map(({ name }) => name);
    expect(names).to.deep.equal(FEED_NAMES);
    expect(names).to.include.members(['message', 'call']);
    expect(new Set(names).size).to.equal(names.length);
    for (const name of names) expect(name).to.match(/^[a-z][a-z-]*$/);
  });
});
