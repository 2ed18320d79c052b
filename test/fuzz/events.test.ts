import { expect } from 'chai';
import { TestAgent, total } from '../receive/support/agent.ts';
import { signedJson } from '../receive/support/json.ts';
import { Wire } from '../receive/support/socket.ts';
import { samples } from '../samples.ts';
import { mutate, mutateJson, Random } from './mutations.ts';

const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 1);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 32);
const ROUND = 50;

const BODIES = samples('events/event-streams.json')
  .map(({ body }) => body)
  .filter((body) => /^[{[]/.test(body));

/** Some events of the samples in one batch, changed as JSON, as bytes or both, with the right hash or that of another body. */
function mutant(random: Random): Buffer {
  const events = Array.from({ length: 1 + random.below(3) }, () => JSON.parse(random.pick(BODIES))).flat();
  const kind = random.below(8);
  const json = kind === 0 ? JSON.stringify(events) : mutateJson(JSON.stringify(events), random);
  const body = kind < 5 ? Buffer.from(json) : mutate(Buffer.from(json), random);
  return signedJson(body, kind === 7 ? { hashed: `bodySHA256=${'0'.repeat(64)}` } : {});
}

describe('fuzz: mutated batches of events', () => {
  it(`each has one outcome and no 5xx, and counts no more than its events (FUZZ_SEED=${SEED}, ${SECONDS} s)`, async function () {
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
        const { outcomes, twilio } = await agent.since(before, ROUND);
        const of = (prefix: string, pattern: RegExp) =>
          Object.entries(outcomes).reduce(
            (sum, [name, count]) =>
              sum + (name.startsWith(prefix) && pattern.test(name.slice(prefix.length)) ? count : 0),
            0,
          );
        for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
        expect(of('events/', /./), 'one outcome for each').to.equal(ROUND);
        const good = answers.filter(({ status }) => status === 204).length;
        expect(good, '204 for what was taken only').to.equal(of('events/', /^(?:accepted|duplicate|ignored)$/));
        const callbacks = Object.entries(twilio).filter(([series]) => series.includes('_callback_total'));
        expect(total(Object.fromEntries(callbacks)), 'Twilio counters').to.be.at.most(of('events:', /^accepted$/));
        expect(answers.filter(({ status }) => status >= 500)).to.deep.equal([]);
      }
      wire.close();
      await agent.good();
      expect(Object.keys(Object.prototype)).to.deep.equal([]);
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

  it('the same seed makes the same batches', () => {
    const run = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 200 }, () => mutateJson(random.pick(BODIES), random));
    };
    expect(run(7)).to.deep.equal(run(7));
    expect(run(7)).to.not.deep.equal(run(8));
  });
});
