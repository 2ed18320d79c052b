import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { message } from '../receive/support/wire.ts';
import { callback, Front } from './support/front.ts';
import type { Answer } from './support/upstream.ts';

const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf';

/** What the application does, what the client sees (the start of it), and what is told. */
type Row = readonly [name: string, answer: Answer, status: RegExp, error: string];

const ROWS: readonly Row[] = [
  ['hangs', () => undefined, /^HTTP\/1\.1 504 /, 'timeout'],
  ['closes without an answer', (_, socket) => void socket.destroy(), /^HTTP\/1\.1 502 /, 'connection_reset'],
  ['resets', (_, socket) => void socket.resetAndDestroy(), /^HTTP\/1\.1 502 /, 'connection_reset'],
  ['speaks no HTTP', () => 'SSH-2.0-OpenSSH_9.6\r\n', /^HTTP\/1\.1 502 /, 'invalid_answer'],
  [
    'frames its answer in two ways',
    () => 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
    /^HTTP\/1\.1 502 /,
    'invalid_answer',
  ],
  [
    'answers with a head of 200 KiB',
    () => `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(204_800)}\r\n\r\n`,
    /^HTTP\/1\.1 502 /,
    'invalid_answer',
  ],
  [
    'switches protocols unasked',
    () => 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    /^HTTP\/1\.1 502 /,
    'invalid_answer',
  ],
  [
    'breaks off after half an answer',
    (_, socket) => {
      socket.write(HALF, () => setTimeout(() => socket.destroy(), 20));
      return undefined;
    },
    /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nhalf$/,
    'connection_reset',
  ],
  ['stops after half an answer', () => HALF, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nhalf$/, 'timeout'],
];

const closed = () => false;
const answered = (text: Buffer) => text.includes('\r\n\r\n') && /Content-Length: \d/.test(text.toString('latin1'));

describe('forward: an application that', () => {
  let front: Front;
  before(async () => (front = await Front.start({ timeout: '400ms' })));
  after(() => front.stop());

  for (const [name, answer, expected, error] of ROWS) {
    it(`${name}: the client sees it, and the callback is counted`, async () => {
      const before = await front.agent.counts();
      front.app.answer = answer;
      const text = await front.send(callback(message('sent')), expected.source.includes('200') ? closed : answered);
      expect(text.toString('latin1')).to.match(expected);
      expect((await front.agent.since(before, 1)).outcomes).to.deep.equal({ 'message/accepted': 1 });
      const told = Object.keys(await front.series('http_client_request_duration_seconds_count'));
      expect(told.some((series) => series.includes(`error_type="${error}"`))).to.equal(true);
    });
  }

  it('is not there: 502, counted, once tried again', async () => {
    const before = await front.agent.counts();
    await front.app.stop();
    const text = (await front.send(callback(message('sent')), answered)).toString('latin1');
    expect(text).to.match(/^HTTP\/1\.1 502 /);
    expect(text).to.match(/connection_refused: the application refuses connections\n$/);
    expect((await front.agent.since(before, 1)).outcomes).to.deep.equal({ 'message/accepted': 1 });
    const answers = await front.series('twilio_agent_forward_answers_total');
    expect(answers['twilio_agent_forward_answers_total{http_route="/twilio/status",by="agent"}']).to.equal(8);
  });
});

describe('forward: a fallback', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forward-'));
  const file = join(folder, 'sorry.xml');
  const TWIML = '<Response><Say>Sorry</Say></Response>';
  let front: Front;
  before(async () => {
    writeFileSync(file, TWIML);
    front = await Front.start({ timeout: '300ms', fallback: { body_file: file } });
  });
  after(async () => {
    await front.stop();
    rmSync(folder, { recursive: true });
  });

  it('is answered in place of an application that hangs, and counted as such', async () => {
    front.app.answer = () => undefined;
    const text = (await front.send(callback(message('sent')), (all) => all.includes('</Response>'))).toString();
    expect(text).to.match(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/xml\r\nContent-Length: 37\r\n/);
    expect(text.endsWith(`\r\n\r\n${TWIML}`)).to.equal(true);
    const answers = await front.series('twilio_agent_forward_answers_total');
    expect(answers).to.deep.equal({
      'twilio_agent_forward_answers_total{http_route="/twilio/status",by="fallback"}': 1,
    });
  });

  it('is not answered in place of a 500, which is an answer', async () => {
    front.app.answer = () => 'HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n';
    expect((await front.send(callback(message('sent')))).toString()).to.match(/^HTTP\/1\.1 500 Oops\r\n/);
  });
});
