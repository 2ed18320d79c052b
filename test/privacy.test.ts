import { expect } from 'chai';
import { addJson, Secrets } from './privacy.ts';
import { BATCHES } from './receive/rows/batches.ts';
import { TABLES } from './receive/rows/index.ts';
import { TestAgent } from './receive/support/agent.ts';
import { cloudEvent, type Json, messageEvent, signedJson } from './receive/support/json.ts';
import { exchange } from './receive/support/socket.ts';
import {
  ACCOUNT,
  BODY,
  call,
  changed,
  FROM,
  message,
  OTHER_TOKEN,
  type Pair,
  request,
  signed,
  signedCall,
  signedGet,
  TO,
  TOKEN,
} from './receive/support/wire.ts';

const PERSONAL: readonly Pair[] = [
  ['Body', BODY],
  ['ProfileName', 'Wilhelmina Harker'],
  ['CallerName', 'HARKER WILHELMINA'],
  ['FromCity', 'WHITBY NORTH YORKSHIRE'],
  ['WaId', '15558675310'],
  ['MessagingServiceSid', `MG${'c3'.repeat(16)}`],
  ['MediaUrl0', 'https://api.twilio.example/media/ME0123456789'],
];

/** Sample callbacks as Twilio sends them, and the same ones as they are refused. */
function samples(): Buffer[] {
  const texts = message('failed', undefined, ['ErrorCode', '30003'], ...PERSONAL);
  const calls = call('busy', undefined, ['SipResponseCode', '486'], ...PERSONAL);
  const odd = changed(message(`status of ${TO} ${BODY}`), 'AccountSid', ACCOUNT);
  return [
    signed(texts),
    signed(texts),
    signed(texts, { token: OTHER_TOKEN }),
    signedCall(calls),
    signedCall(texts),
    signedGet(message('sent', undefined, ...PERSONAL)),
    signedGet(message('sent', undefined, ...PERSONAL), { token: OTHER_TOKEN }),
    signed(odd),
    signed(changed(texts, 'MessageSid', `${TO} ${BODY}`)),
    signed([...texts, ['MessageSid', BODY]]),
    signed([...texts, [`${TO} ${BODY} `.repeat(20), '']]),
    signed(changed(calls, 'CallSid', TO), { target: `/webhooks/call?to=${encodeURIComponent(TO)}` }),
    request({ method: 'GET', target: `/nothing/${encodeURIComponent(TO)}?b=${encodeURIComponent(BODY)}` }),
    request({ method: 'GET', target: `/health?token=${TOKEN}` }),
    request({ headers: { 'Content-Type': `text/${BODY.replaceAll(/\W/g, '')}` } }),
    request({ headers: { 'X-Twilio-Signature': TOKEN, Authorization: `Bearer ${TOKEN}` } }),
    Buffer.from(`${BODY} ${TO}\r\n\r\n`),
  ];
}

/** The same of events, with what they hold of persons in every place that is read. */
function events(): Buffer[] {
  const personal = { from: FROM, to: TO, body: BODY, tags: { name: 'Wilhelmina Harker' } };
  const sid = `SM${'d7'.repeat(16)}`;
  const more = { webhook: { request: { url: `https://app.example/?to=${TO}`, parameters: { Body: BODY } } } };
  const entry = { sid: `NO${'d7'.repeat(16)}`, level: 'ERROR', error_code: BODY, payload: JSON.stringify(more) };
  const bad: readonly Json[] = [
    messageEvent(sid, 'SENT', { ...personal, messageSid: BODY }),
    messageEvent(sid, BODY, personal),
    messageEvent(sid, 'FAILED', { ...personal, errorCode: TO }),
    messageEvent(sid, 'SENT', { ...personal, timestamp: BODY }, { id: `${BODY}${TO}`.repeat(20) }),
    messageEvent(sid, 'SENT', {}, { data: BODY }),
    messageEvent(sid, 'SENT', {}, { time: TO, source: BODY, type: `com.twilio.n${TO.slice(1)}` }),
    cloudEvent(`com.twilio.${BODY}`, personal),
    cloudEvent(`com.twilio.${'d7'.repeat(16)}`, personal),
    cloudEvent('com.twilio.eventstreams.test-event', { test_id: `${BODY} ${TO}` }),
    cloudEvent('com.twilio.error-logs.error.logged', entry),
    cloudEvent('com.twilio.error-logs.error.logged', { ...entry, sid: TO, level: BODY }),
    cloudEvent('com.twilio.voice.status-callback.call.completed', {
      request: { url: BODY, parameters: { CallSid: BODY, From: FROM } },
      response: { responseCode: BODY, requestDuration: TO, responseBody: btoa(BODY) },
    }),
  ];
  return bad.flatMap((event) => [
    signedJson([event]),
    signedJson([event], { token: OTHER_TOKEN }),
    signedJson([event, messageEvent(sid, 'SENT', personal)], { query: `to=${encodeURIComponent(TO)}` }),
    signedJson(JSON.stringify([event]).slice(1)),
  ]);
}

/** Every value that a request carries, by the name of its parameter or header. */
function secretsOf(bytes: Buffer, secrets: Secrets): void {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const signature = /^x-twilio-signature: (.{28})$/im.exec(text.slice(0, end))?.[1];
  if (signature && /^[\w+/]{27}=$/.test(signature) && new Set(signature).size > 5) secrets.add('signature', signature);
  const query = /\?(\S+) HTTP/.exec(text)?.[1] ?? '';
  const body = bytes.subarray(end + 4).toString('utf8');
  try {
    addJson(secrets, JSON.parse(body));
  } catch {
    // It is a form, or broken.
  }
  for (const part of [query, body]) {
    for (const [name, value] of new URLSearchParams(part)) {
      if (/^(?:To|From|Called|Caller|Body|\w+Sid|ProfileName|\w+Name|\w+City|WaId|\w+Url\d)$/.test(name)) {
        secrets.add(name, value);
      }
    }
  }
}

describe('privacy', () => {
  for (const encoding of ['json', 'console'] as const) {
    it(`nothing of any callback, good or hostile, comes out in a ${encoding} log, an answer or a page`, async function () {
      this.timeout(60_000);
      const agent = await TestAgent.start({}, encoding);
      const secrets = new Secrets();
      for (const [name, value] of [
        ['auth token', TOKEN],
        ['another token', OTHER_TOKEN],
        ['To', TO],
        ['From', FROM],
        ['Body', BODY],
      ] as const) {
        secrets.add(name, value);
      }
      let output = '';
      try {
        const rows = Object.values(TABLES).flatMap((table) => table.map(([, bytes]) => Buffer.from(bytes())));
        const batches = Object.values(BATCHES).flatMap((table) => table.map(([, bytes]) => bytes()));
        for (const bytes of [...samples(), ...rows, ...events(), ...batches]) {
          if (bytes.length < 70_000) secretsOf(bytes, secrets);
          // Past the minute, so that every refusal has its line.
          agent.clock.advance(61_000);
          output += (await exchange(agent.port, bytes)).received;
        }
        output += await agent.page();
        for (const target of ['/', '/health', '/nothing']) {
          output += (await exchange(agent.port, request({ method: 'GET', target }))).received;
        }
      } finally {
        await agent.stop();
      }
      output += agent.log.join('');
      expect(agent.log.length).to.be.above(100);
      expect(output)
        .to.match(/signature_invalid.+PUBLIC_URL/)
        .and.match(/twilio_message_callback_total/);
      expect(secrets.size).to.be.above(1_000);
      expect(secrets.found(output)).to.deep.equal([]);
    });
  }

  it('the search finds a value as it was sent, URL-encoded and in base64', () => {
    const secrets = new Secrets();
    secrets.add('number', TO);
    secrets.add('text', BODY);
    for (const text of [
      TO,
      encodeURIComponent(TO),
      ...['', 'a', 'ab', 'abc'].map((before) => btoa(`${before}${TO}!`)),
    ]) {
      expect(secrets.found(`before ${text} after`), text).to.deep.equal(['number']);
    }
    for (const text of [BODY, encodeURIComponent(BODY), new URLSearchParams({ BODY }).toString(), btoa(`{${BODY}}`)]) {
      expect(secrets.found(`before ${text} after`), text).to.deep.equal(['text']);
    }
    expect(secrets.found('+15550000000 and nothing else')).to.deep.equal([]);
  });
});
