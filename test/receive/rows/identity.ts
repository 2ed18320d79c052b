import {
  ACCOUNT,
  call,
  changed,
  form,
  freshSid,
  message,
  OTHER_TOKEN,
  type Pair,
  PUBLIC_URL,
  request,
  signature,
  signed,
  signedCall,
  signedGet,
  without,
} from '../support/wire.ts';
import type { Row } from './row.ts';

const URL_SIGNED = `${PUBLIC_URL}/webhooks/message`;
const withSignature = (value: string | null, pairs = message()) =>
  signed(pairs, { headers: { 'X-Twilio-Signature': value } });
const right = (pairs: readonly (readonly [string, string])[]) => signature(URL_SIGNED, pairs);

export const SIGNATURES: readonly Row[] = [
  ['no signature', () => withSignature(null), 401, 'message/signature_missing'],
  [
    'a wrong signature of the right length',
    () => withSignature(`${'A'.repeat(27)}=`),
    401,
    'message/signature_invalid',
  ],
  ['a signature that is too short', () => withSignature('c2hvcnQ='), 401, 'message/signature_invalid'],
  ['a signature that is too long', () => withSignature('A'.repeat(4_000)), 401, 'message/signature_invalid'],
  ['an empty signature', () => withSignature(''), 401, 'message/signature_invalid'],
  ['a signature that is not base64', () => withSignature('!'.repeat(28)), 401, 'message/signature_invalid'],
  ['a signature in Latin-1', () => withSignature('\u00e9'.repeat(28)), 401, 'message/signature_invalid'],
  [
    'the signature twice, right both times',
    () => {
      const pairs = message();
      return signed(pairs, { lines: [`X-Twilio-Signature: ${right(pairs)}`] });
    },
    401,
    'message/signature_invalid',
  ],
  [
    'a wrong signature before the right one',
    () => {
      const pairs = message();
      return signed(pairs, {
        headers: { 'X-Twilio-Signature': 'AAAA' },
        lines: [`X-Twilio-Signature: ${right(pairs)}`],
      });
    },
    401,
    'message/signature_invalid',
  ],
  [
    'two signatures in one header',
    () => {
      const pairs = message();
      return withSignature(`${right(pairs)}, ${right(pairs)}`, pairs);
    },
    401,
    'message/signature_invalid',
  ],
  [
    "signed with another account's token",
    () => signed(message(), { token: OTHER_TOKEN }),
    401,
    'message/signature_invalid',
  ],
  [
    'signed for another host',
    () => signed(message(), { signedUrl: 'https://elsewhere.example/webhooks/message' }),
    401,
    'message/signature_invalid',
  ],
  [
    'signed for plain http',
    () => signed(message(), { signedUrl: 'http://agent.example/webhooks/message' }),
    401,
    'message/signature_invalid',
  ],
  [
    'signed for another path',
    () => signed(message(), { signedUrl: `${PUBLIC_URL}/webhooks/call` }),
    401,
    'message/signature_invalid',
  ],
  [
    'signed for another query',
    () => signed(message(), { target: '/webhooks/message?a=2', signedUrl: `${URL_SIGNED}?a=1` }),
    401,
    'message/signature_invalid',
  ],
  [
    'a query that was not signed',
    () => signed(message(), { target: '/webhooks/message?a=1', signedUrl: URL_SIGNED }),
    401,
    'message/signature_invalid',
  ],
  ['a query that was signed', () => signed(message(), { target: '/webhooks/message?a=1&b' }), 204, 'message/accepted'],
  [
    'the URL with its port, as Twilio signs it for some products',
    () => signed(message(), { signedUrl: 'https://agent.example:443/webhooks/message' }),
    204,
    'message/accepted',
  ],
  [
    'one value changed by a byte',
    () => {
      const pairs = message('sent');
      return signed(changed(pairs, 'MessageStatus', 'senu'), { signed: pairs });
    },
    401,
    'message/signature_invalid',
  ],
  [
    'an extra parameter that was not signed',
    () => {
      const pairs = message();
      return signed([...pairs, ['Extra', '1']], { signed: pairs });
    },
    401,
    'message/signature_invalid',
  ],
  [
    'a parameter that was signed and is missing',
    () => {
      const pairs = message();
      return signed(without(pairs, 'ApiVersion'), { signed: pairs });
    },
    401,
    'message/signature_invalid',
  ],
  [
    'an extra parameter in the query that was not signed',
    () => signedGet(message(), { signedUrl: `${URL_SIGNED}?MessageStatus=sent` }),
    401,
    'message/signature_invalid',
  ],
  ['parameters in another order', () => signed([...message()].reverse()), 204, 'message/accepted'],
  [
    'the boundary of two parameters moved',
    () => {
      const sid = freshSid('SM');
      const genuine = message('failed', sid, ['ErrorCode', '30003']);
      const moved = without(
        changed(genuine, 'ErrorCode', `30003From${genuine[6]![1]}MessageSid${sid}`),
        'From',
        'MessageSid',
      );
      return signed(moved, { signed: genuine });
    },
    400,
    'message/missing_field',
  ],
  [
    'a status split into two parameters',
    () => {
      const genuine = message('delivered');
      const split = [...changed(genuine, 'MessageStatus', 'deliver'), ['ed', ''] as const];
      // Only neighbours in the sorted text can be split, so the two that stand between are left out.
      return signed(without(split, 'SmsSid', 'SmsStatus', 'To'), {
        signed: without(genuine, 'SmsSid', 'SmsStatus', 'To'),
      });
    },
    204,
    'message/accepted',
  ],
  [
    'a consumed parameter twice, with the same value',
    () => {
      const pairs = message();
      return signed([...pairs, pairs[2]!], { signed: pairs });
    },
    400,
    'message/duplicate_parameter',
  ],
  [
    'the SID twice, with two values',
    () => signed([...message(), ['MessageSid', freshSid('SM')]]),
    400,
    'message/duplicate_parameter',
  ],
  ['the AccountSid twice', () => signed([...message(), ['AccountSid', ACCOUNT]]), 400, 'message/duplicate_parameter'],
  [
    'the ErrorCode twice',
    () => signed(message('failed', undefined, ['ErrorCode', '30003'], ['ErrorCode', '30004'])),
    400,
    'message/duplicate_parameter',
  ],
  ['the CallStatus twice', () => signedCall([...call(), ['CallStatus', 'busy']]), 400, 'call/duplicate_parameter'],
  [
    'the SipResponseCode twice',
    () => signedCall(call('failed', undefined, ['SipResponseCode', '486'], ['SipResponseCode', '486'])),
    400,
    'call/duplicate_parameter',
  ],
  [
    'a parameter that is not read, twice',
    () => signed(message('sent', undefined, ['Body', 'a'], ['Body', 'b'])),
    204,
    'message/accepted',
  ],
  [
    'Host and X-Forwarded-* forged, the signature right',
    () =>
      signed(message(), {
        headers: {
          Host: 'evil.example',
          'X-Forwarded-Host': 'evil.example',
          'X-Forwarded-Proto': 'http',
          'X-Forwarded-Port': '1',
          Forwarded: 'host=evil.example',
        },
      }),
    204,
    'message/accepted',
  ],
  [
    'Host forged, signed for it',
    () =>
      signed(message(), {
        headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' },
        signedUrl: 'http://evil.example/webhooks/message',
      }),
    401,
    'message/signature_invalid',
  ],
  ...(
    [
      ['a Timestamp that is part of the value before it', (old) => [['SequenceNumber', `0Timestamp${old}`]]],
      [
        'a Timestamp whose name goes on',
        (old) => [
          ['SequenceNumber', '0'],
          [`Timestamp${old.slice(0, 3)}`, old.slice(3)],
        ],
      ],
      [
        'a Timestamp that is a name without a value',
        (old) => [
          ['SequenceNumber', '0'],
          [`Timestamp${old}`, ''],
        ],
      ],
      [
        'a Timestamp that began before its name',
        (old) => [
          ['SequenceNumber', '0Time'],
          [`stamp${old}`, ''],
        ],
      ],
    ] as [string, (old: string) => Pair[]][]
  ).flatMap(([name, hide]): Row[] =>
    ['Wed, 07 Oct 2025 12:03:00 +0000', '2025-10-07T12:03:00Z'].map((old) => [
      `${name} (${old})`,
      () => {
        const pairs = call('completed', undefined, ['SequenceNumber', '0']);
        const moved = [...pairs.filter(([name]) => name !== 'SequenceNumber'), ...hide(old)];
        return signedCall(moved, { signed: [...pairs, ['Timestamp', old]] });
      },
      400,
      'call/invalid_field',
    ]),
  ),
  [
    'an ErrorCode that is part of the value before it',
    () => {
      const pairs = message('failed');
      const moved: Pair[] = pairs.map(([name, value]) => [
        name,
        name === 'ApiVersion' ? `${value}ErrorCode30003` : value,
      ]);
      return signed(moved, { signed: [...pairs, ['ErrorCode', '30003']] });
    },
    400,
    'message/invalid_field',
  ],
  [
    'a SipResponseCode that is part of the value before it',
    () => {
      const pairs = call('failed', undefined, ['SequenceNumber', '2']);
      const moved: Pair[] = pairs.map(([name, value]) => [
        name,
        name === 'SequenceNumber' ? `${value}SipResponseCode404` : value,
      ]);
      return signedCall(moved, { signed: [...pairs, ['SipResponseCode', '404']] });
    },
    400,
    'call/invalid_field',
  ],
  [
    'a signed time before the window',
    () => signedCall(call('ringing', undefined, ['Timestamp', 'Wed, 07 Oct 2026 12:03:00 +0000'])),
    400,
    'call/too_old',
  ],
  [
    'a signed time two hours ahead',
    () => signedCall(call('ringing', undefined, ['Timestamp', 'Wed, 14 Oct 2026 14:04:01 +0000'])),
    400,
    'call/too_old',
  ],
  [
    'a signed time within the window',
    () => signedCall(call('ringing', undefined, ['Timestamp', 'Wed, 14 Oct 2026 12:03:01 +0000'])),
    204,
    'call/accepted',
  ],
  [
    'a signed time that is none',
    () => signedCall(call('ringing', undefined, ['Timestamp', 'yesterday'])),
    400,
    'call/invalid_field',
  ],
  [
    'another idempotency token of every kind',
    () => signed(message(), { headers: { 'I-Twilio-Idempotency-Token': 'x'.repeat(900) } }),
    204,
    'message/accepted',
  ],
  ['GET, signed', () => signedGet(message()), 204, 'message/accepted'],
  [
    'GET, signed with the parameters as if it were a POST',
    () => {
      const pairs = message();
      return signedGet(pairs, { headers: { 'X-Twilio-Signature': right(pairs) } });
    },
    401,
    'message/signature_invalid',
  ],
  [
    'GET, not signed',
    () => signedGet(message(), { headers: { 'X-Twilio-Signature': null } }),
    401,
    'message/signature_missing',
  ],
  ['GET without any parameter', () => signed([], { method: 'GET' }), 400, 'message/missing_field'],
  [
    'GET with the parameters in its body',
    () => signed([], { method: 'GET', body: form(message()) }),
    400,
    'message/missing_field',
  ],
  [
    'GET with a body beside its query',
    () => signedGet(message(), { headers: { 'Content-Length': '5' }, body: 'hello' }),
    204,
    'message/accepted',
  ],
  [
    'GET with a body over the limit',
    () => signedGet(message(), { headers: { 'Content-Length': '70000' }, body: 'x'.repeat(70_000) }),
    413,
    'message/body_too_large',
  ],
  [
    'POST with the parameters in its query',
    () =>
      request({ target: `/webhooks/message?${form(message())}`, headers: { 'X-Twilio-Signature': 'A'.repeat(28) } }),
    401,
    'message/signature_invalid',
  ],
];
