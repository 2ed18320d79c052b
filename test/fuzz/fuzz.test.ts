import { expect } from 'chai';
import { FORM_CASES } from '../receive/forms/good.ts';
import { TestAgent, total } from '../receive/support/agent.ts';
import { Wire } from '../receive/support/socket.ts';
import { call, form, message, type Pair, PUBLIC_URL, request, signature } from '../receive/support/wire.ts';
import { mutate, Random } from './mutations.ts';

const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 1);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 32);
const ROUND = 50;

const SAMPLES: readonly (() => [path: string, pairs: Pair[]])[] = [
  () => ['/webhooks/message', message('delivered')],
  () => [
    '/webhooks/message',
    message('undelivered', undefined, ['ErrorCode', '30003'], ['Body', 'Zo\u00eb & co=100%']),
  ],
  () => [
    '/webhooks/call',
    call('busy', undefined, ['Timestamp', 'Wed, 14 Oct 2026 12:03:01 +0000'], ['CallDuration', '0']),
  ],
  () => ['/webhooks/call', call('failed', undefined, ['SipResponseCode', '404'], ['SequenceNumber', '3'])],
  ...FORM_CASES.map(({ name, pairs }) => (): [string, Pair[]] => [`/webhooks/${name}`, pairs()]),
];

/** The one counter of each feed that every accepted request counts in; an entry of the Debugger counts in one of two. */
const MAIN = /_callback_total\b|^twilio_debugger_/;

/** The pairs of a body as Twilio would have meant them, where it can be read at all. */
function read(body: Buffer): Pair[] {
  return [...new URLSearchParams(body.toString('utf8'))];
}

/** One mutated callback: with the signature of what it was, of what it is now, or with a broken one. */
function mutant(random: Random): Buffer {
  const [path, pairs] = random.pick(SAMPLES)();
  const body = mutate(Buffer.from(form(pairs)), random);
  const url = PUBLIC_URL + path;
  const kind = random.below(8);
  const header = kind < 4 ? signature(url, read(body)) : kind < 7 ? signature(url, pairs) : `${'A'.repeat(27)}=`;
  return request({ target: path, headers: { 'X-Twilio-Signature': header }, body });
}

describe('fuzz: mutated callbacks', () => {
  it(`each has one outcome and no 5xx, and 204 exactly where it was counted (FUZZ_SEED=${SEED}, ${SECONDS} s)`, async function () {
    this.timeout(SECONDS * 1_000 + 20_000);
    const random = new Random(SEED);
    const agent = await TestAgent.start({ 'receivers.twilio.max_requests_per_connection': '1000000' });
    const statuses: Record<string, number> = {};
    let sent = 0;
    try {
      const until = performance.now() + SECONDS * 1_000;
      const wire = await Wire.open(agent.port);
      while (performance.now() < until) {
        const before = await agent.counts();
        wire.forget();
        wire.send(Buffer.concat(Array.from({ length: ROUND }, () => mutant(random))));
        const answers = await wire.answers(ROUND);
        sent += ROUND;
        expect(answers, `answers; the connection ended: ${wire.closed}`).to.have.length(ROUND);
        const since = await agent.since(before, ROUND);
        expect(total(since.outcomes), 'one outcome for each').to.equal(ROUND);
        for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
        const answered = (status: number) => answers.filter((answer) => answer.status === status).length;
        const { outcomes } = since;
        const of = (outcome: string) =>
          total(Object.fromEntries(Object.entries(outcomes).filter(([name]) => name.endsWith(`/${outcome}`))));
        const accepted = of('accepted');
        expect(answered(204), '204 for what was taken only').to.equal(accepted + of('duplicate') + of('ignored'));
        const callbacks = Object.entries(since.twilio).filter(([series]) => MAIN.test(series));
        expect(total(Object.fromEntries(callbacks)), 'Twilio counters').to.equal(accepted);
        expect(answers.filter(({ status }) => status >= 500)).to.deep.equal([]);
      }
      wire.close();
      await agent.good();
    } catch (error) {
      throw new Error(`FUZZ_SEED=${SEED}, among the first ${sent} requests: ${(error as Error).message}`, {
        cause: error,
      });
    } finally {
      await agent.stop();
    }
    expect(Object.keys(statuses)).to.include.members(['204', '400', '401']);
    console.log(`      ${sent} mutants: ${JSON.stringify(statuses)}`);
  });

  it('the same seed makes the same requests', () => {
    const body = Buffer.from(form(message('sent', `SM${'0'.repeat(32)}`)));
    const run = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 200 }, () => mutate(body, random).toString('hex'));
    };
    expect(run(7)).to.deep.equal(run(7));
    expect(run(7)).to.not.deep.equal(run(8));
  });
});
