import { expect } from 'chai';
import { mutate, Random } from '../fuzz/mutations.ts';
import { total } from '../receive/support/agent.ts';
import { message } from '../receive/support/wire.ts';
import { callback, Front } from './support/front.ts';
import { randomAnswer, written } from './support/messages.ts';

const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 1);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 32);
const AT_ONCE = 20;

const INTERIM = [
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 X\r\nLink: <a>; b\r\n\r\n',
  'HTTP/1.1 101 X\r\nUpgrade: y\r\n\r\n',
];

/** The bytes of an answer, of which some are other ones, missing or too many. */
function mutant(random: Random): Buffer {
  const interim = random.below(4) === 0 ? random.pick(INTERIM) : '';
  const answer = Buffer.concat([Buffer.from(interim), written(random, randomAnswer(random, 'POST'))]);
  // Faults in the head are what matters: a body is only passed on.
  const cut = Math.min(answer.length, 1 + random.below(600));
  return Buffer.concat([mutate(answer.subarray(0, cut), random), answer.subarray(cut, cut + 2_000)]);
}

describe('fuzz: answers of an application that is out of its mind', () => {
  it(`each callback is counted and each client hears something or the end; the agent lives (FUZZ_SEED=${SEED}, ${SECONDS} s)`, async function () {
    this.timeout(SECONDS * 1_000 + 30_000);
    const random = new Random(SEED);
    const front = await Front.start({ timeout: '300ms' });
    const seen: Record<string, number> = {};
    let count = 0;
    front.app.answer = (_, socket) => {
      socket.end(mutant(random));
      return undefined;
    };
    try {
      for (const until = performance.now() + SECONDS * 1_000; performance.now() < until; count += AT_ONCE) {
        const before = await front.agent.counts();
        const sent = Array.from({ length: AT_ONCE }, () =>
          front.send(callback(message('sent'), { headers: { Connection: 'close' } }), () => false),
        );
        for (const text of await Promise.all(sent)) {
          const start = text.toString('latin1', 0, 12);
          const kind = text.length === 0 ? 'cut off' : start.slice(9, 10);
          expect(kind, text.toString('latin1', 0, 100)).to.match(/^(?:cut off|[1-9])$/);
          seen[kind] = (seen[kind] ?? 0) + 1;
        }
        const { outcomes } = await front.agent.since(before, AT_ONCE);
        expect(outcomes).to.deep.equal({ 'message/accepted': AT_ONCE });
      }
      const by = await front.series('twilio_agent_forward_answers_total');
      expect(total(by)).to.equal(count);
    } catch (error) {
      throw new Error(`FUZZ_SEED=${SEED}, after ${count}: ${(error as Error).message}`, { cause: error });
    } finally {
      await front.stop();
    }
    console.log(`      ${count} answers: ${JSON.stringify(seen)}`);
  });
});
