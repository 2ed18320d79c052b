import { expect } from 'chai';
import { sha256, signedJson } from '../receive/support/json.ts';
import {
  CHUNKED,
  changed,
  chunked,
  form,
  message,
  OTHER_TOKEN,
  request,
  signed,
  without,
} from '../receive/support/wire.ts';
import { callback, Front, STATUS } from './support/front.ts';

const pairs = () => message('delivered');
const large = () => [...pairs(), ['Body', 'x'.repeat(200_000)] as const];

/** A request to the counted path, and what becomes of it there. */
type Row = readonly [name: string, bytes: () => Buffer, outcome: string, sent?: { readonly method: string }];

const PASSED: readonly Row[] = [
  ['a genuine callback', () => callback(pairs()), 'accepted'],
  [
    'one in chunks',
    () => callback([], { headers: { ...CHUNKED }, body: chunked('MessageSid=SM') }),
    'signature_invalid',
  ],
  ['one with a signature of somebody else', () => callback(pairs(), { token: OTHER_TOKEN }), 'signature_invalid'],
  ['one without a signature', () => request({ target: STATUS, body: form(pairs()) }), 'signature_missing'],
  ['one that is larger than what is counted', () => callback(large()), 'body_too_large'],
  [
    'one in chunks that becomes larger than that',
    () => callback(large(), { headers: { ...CHUNKED }, body: chunked(form(large())) }),
    'body_too_large',
  ],
  ['one that lacks its SID', () => callback(without(pairs(), 'MessageSid')), 'missing_field'],
  ['one with a SID that is none', () => callback(changed(pairs(), 'MessageSid', 'SM1')), 'invalid_sid'],
  ['one that gives a parameter twice', () => callback([...pairs(), ['MessageStatus', 'sent']]), 'duplicate_parameter'],
  ['a form that is broken', () => callback([], { body: 'a=%ZZ' }), 'malformed_form'],
  ['JSON', () => signedJson('{"a":1}', { target: STATUS }), 'content_type'],
  ['a compressed body', () => callback(pairs(), { headers: { 'Content-Encoding': 'gzip' } }), 'content_encoding'],
  ['a PUT', () => callback(pairs(), { method: 'PUT' }), 'method_not_allowed'],
  [
    'a request with 150 headers',
    () => callback(pairs(), { lines: Array.from({ length: 150 }, (_, i) => `x${i}: y`) }),
    'accepted',
  ],
];

describe('forward: beside the application', () => {
  let front: Front;
  before(async () => {
    front = await Front.start();
    front.app.answer = () => 'HTTP/1.1 202 Taken\r\nContent-Length: 0\r\n\r\n';
  });
  after(() => front.stop());

  for (const [name, bytes, outcome] of PASSED) {
    it(`${name} is passed on whole, and is ${outcome}`, async () => {
      const before = await front.agent.counts();
      const sent = bytes();
      front.app.forget();
      expect((await front.send(sent)).toString('latin1')).to.match(/^HTTP\/1\.1 202 Taken\r\n/);
      const [head = ''] = sent.toString('latin1').split('\r\n\r\n');
      expect(front.app.last.line).to.equal(head.split('\r\n')[0]);
      const body = sent.subarray(head.length + 4);
      if (!head.includes('chunked')) expect(front.app.last.body.equals(body)).to.equal(true);
      else expect(chunked(front.app.last.body.toString('latin1'))).to.equal(body.toString('latin1'));
      const { outcomes, twilio } = await front.agent.since(before, 1);
      expect(outcomes).to.deep.equal({ [`message/${outcome}`]: 1 });
      expect(Object.keys(twilio).length > 0).to.equal(outcome === 'accepted');
    });
  }

  it('a callback by GET, whose parameters are in the URL', async () => {
    const before = await front.agent.counts();
    const target = `${STATUS}?${form(pairs())}`;
    await front.send(signed([], { method: 'GET', target, headers: { 'Content-Type': null, 'Content-Length': null } }));
    expect(front.app.last.line).to.equal(`GET ${target} HTTP/1.1`);
    expect((await front.agent.since(before, 1)).outcomes).to.deep.equal({ 'message/accepted': 1 });
  });

  it('the same callback twice reaches the application twice and counts once', async () => {
    const before = await front.agent.counts();
    const bytes = callback(pairs());
    front.app.forget();
    for (let i = 0; i < 2; i++) await front.send(bytes);
    expect(front.app.requests).to.have.length(2);
    const { outcomes } = await front.agent.since(before, 2);
    expect(outcomes).to.deep.equal({ 'message/accepted': 1, 'message/duplicate': 1 });
  });

  it('what is below the prefix is passed on and counts for nothing', async () => {
    const before = await front.agent.counts();
    await front.send(signed(pairs(), { target: '/twilio/voice?x=1' }));
    expect(front.app.last.line).to.equal('POST /twilio/voice?x=1 HTTP/1.1');
    expect((await front.agent.since(before, 1, 100)).outcomes).to.deep.equal({});
    const route = 'http_route="/twilio/*"';
    const durations = await front.series('http_client_request_duration_seconds_count');
    expect(Object.keys(durations).filter((series) => series.includes(route))).to.have.length(1);
  });

  it("the agent's own paths stay its own", async () => {
    front.app.forget();
    const before = await front.agent.counts();
    await front.agent.good();
    expect((await front.agent.since(before, 1)).outcomes).to.deep.equal({ 'message/accepted': 1 });
    expect(front.app.requests).to.have.length(0);
  });

  it('neither Host nor a target in absolute form nor a header says where a request goes', async () => {
    front.app.forget();
    const lines = [
      'X-Forwarded-Host: evil.example',
      'Forwarded: host=evil.example',
      'X-Original-URL: http://evil.example/',
    ];
    await front.send(request({ target: 'http://evil.example/twilio/x', headers: { Host: 'evil.example' }, lines }));
    expect(front.app.last.line).to.equal('POST /twilio/x HTTP/1.1');
  });
});

describe('forward: the gate that reject_unverified makes', () => {
  let front: Front;
  before(async () => (front = await Front.start({ reject_unverified: true })));
  after(() => front.stop());

  const PROVED: readonly Row[] = [
    ['a genuine callback', () => callback(pairs()), 'accepted'],
    ['one that lacks its SID', () => callback(without(pairs(), 'MessageSid')), 'missing_field'],
    [
      'JSON that is signed with its hash',
      () => signedJson('{"a":1}', { target: hashed(STATUS, '{"a":1}') }),
      'content_type',
    ],
  ];
  for (const [name, bytes, outcome] of PROVED) {
    it(`${name} passes with the bytes that came`, async () => {
      const before = await front.agent.counts();
      front.app.forget();
      const sent = bytes();
      expect((await front.send(sent)).toString('latin1')).to.match(/^HTTP\/1\.1 204 /);
      const text = sent.toString('latin1');
      expect(front.app.last.body.toString('latin1')).to.equal(text.slice(text.indexOf('\r\n\r\n') + 4));
      expect((await front.agent.since(before, 1)).outcomes).to.deep.equal({ [`message/${outcome}`]: 1 });
    });
  }

  const REFUSED: readonly (readonly [name: string, bytes: () => Buffer, status: number, outcome: string])[] = [
    ['a forged one', () => callback(pairs(), { token: OTHER_TOKEN }), 401, 'message/signature_invalid'],
    [
      'one without a signature',
      () => request({ target: STATUS, body: form(pairs()) }),
      401,
      'message/signature_missing',
    ],
    ['one that is too large to be verified', () => callback(large()), 413, 'message/body_too_large'],
    [
      'one in chunks that becomes so',
      () => callback([], { headers: { ...CHUNKED }, body: chunked('x'.repeat(100_000)) }),
      413,
      'message/body_too_large',
    ],
    [
      'JSON that is not what was signed',
      () => signedJson('{"a":2}', { target: hashed(STATUS, '{"a":1}') }),
      401,
      'message/body_hash_mismatch',
    ],
    [
      'a forged one below the prefix',
      () => signed(pairs(), { target: '/twilio/x', token: OTHER_TOKEN }),
      401,
      'transport/signature_invalid',
    ],
    [
      'one that waits to be told to go on, unsigned',
      () => request({ target: STATUS, headers: { Expect: '100-continue', 'Content-Length': '9' } }),
      401,
      'message/signature_missing',
    ],
  ];
  for (const [name, bytes, status, outcome] of REFUSED) {
    it(`${name} is refused, and the application hears nothing of it`, async () => {
      const before = await front.agent.counts();
      front.app.forget();
      expect((await front.send(bytes())).toString('latin1')).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect((await front.agent.since(before, 1)).outcomes).to.deep.equal({ [outcome]: 1 });
      expect(front.app.bytes.join('')).to.equal('');
    });
  }

  it('a genuine one below the prefix passes', async () => {
    front.app.forget();
    await front.send(signed(pairs(), { target: '/twilio/x' }));
    expect(front.app.requests).to.have.length(1);
  });
});

const hashed = (path: string, body: string): string => `${path}?bodySHA256=${sha256(body)}`;
