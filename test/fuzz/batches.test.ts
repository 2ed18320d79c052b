import { expect } from 'chai';
import { TestAgent, total } from '../receive/support/agent.ts';
import { sha256, signedJson } from '../receive/support/json.ts';
import { SIGNER, signedEmails } from '../receive/support/sendgrid.ts';
import { Wire } from '../receive/support/socket.ts';
import { samples } from '../samples.ts';
import { mutate, mutateJson, Random } from './mutations.ts';

const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 1);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 32);
const ROUND = 50;

/** A feed of JSON: what it is sent, and how that is signed, `well` or for another body. */
interface Fuzzed {
  readonly feed: string;
  readonly bodies: readonly string[];
  sign(body: Buffer, well: boolean): Buffer;
  /** The counters of which each event moves one at most. */
  readonly counted: RegExp;
}

const bodies = (file: string): string[] =>
  samples(file)
    .map(({ body }) => body)
    .filter((body) => /^[{[]/.test(body));
const NO_HASH = '0'.repeat(64);

const FUZZED: readonly Fuzzed[] = [
  {
    feed: 'events',
    bodies: bodies('events/event-streams.json'),
    sign: (body, well) => signedJson(body, well ? {} : { hashed: `bodySHA256=${NO_HASH}` }),
    counted: /_callback_total/,
  },
  {
    feed: 'intelligence',
    bodies: bodies('intelligence/webhook.json'),
    sign: (body, well) =>
      signedJson(body, { target: `/webhooks/intelligence?bodySHA256=${well ? sha256(body) : NO_HASH}` }),
    counted: /_callback_total/,
  },
  {
    feed: 'sendgrid',
    bodies: bodies('sendgrid/event-webhook.json'),
    sign: (body, well) => signedEmails(body, well ? {} : { signs: 'another body' }),
    counted: /^twilio_email_event_total/,
  },
];

/** Some events of the samples in one batch, changed as JSON, as bytes or both, signed well or for another body. */
function mutant({ bodies, sign }: Fuzzed, random: Random): Buffer {
  const events = Array.from({ length: 1 + random.below(3) }, () => JSON.parse(random.pick(bodies))).flat();
  const kind = random.below(8);
  const json = kind === 0 ? JSON.stringify(events) : mutateJson(JSON.stringify(events), random);
  const body = kind < 5 ? Buffer.from(json) : mutate(Buffer.from(json), random);
  return sign(body, kind !== 7);
}

describe('fuzz: mutated batches of events', () => {
  for (const fuzzed of FUZZED) {
    const { feed, counted } = fuzzed;
    it(`${feed}: each has one outcome and no 5xx, and counts no more than its events (FUZZ_SEED=${SEED}, ${SECONDS} s)`, async function () {
      this.timeout(SECONDS * 1_000 + 20_000);
      const random = new Random(SEED);
      const agent = await TestAgent.start({
        'receivers.twilio.max_requests_per_connection': '1000000',
        'receivers.twilio.families.sendgrid.public_keys': SIGNER.shown,
      });
      const statuses: Record<string, number> = {};
      let sent = 0;
      try {
        const until = performance.now() + SECONDS * 1_000;
        const wire = await Wire.open(agent.port);
        while (performance.now() < until) {
          const before = await agent.counts();
          wire.forget();
          wire.send(Buffer.concat(Array.from({ length: ROUND }, () => mutant(fuzzed, random))));
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
          expect(of(`${feed}/`, /./), 'one outcome for each').to.equal(ROUND);
          const good = answers.filter(({ status }) => status === 204).length;
          expect(good, '204 for what was taken only').to.equal(of(`${feed}/`, /^(?:accepted|duplicate|ignored)$/));
          const callbacks = Object.entries(twilio).filter(([series]) => counted.test(series));
          expect(total(Object.fromEntries(callbacks)), 'Twilio counters').to.be.at.most(of(`${feed}:`, /^accepted$/));
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
  }

  it('the same seed makes the same batches', () => {
    const run = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 200 }, () => mutateJson(random.pick(FUZZED[0]!.bodies), random));
    };
    expect(run(7)).to.deep.equal(run(7));
    expect(run(7)).to.not.deep.equal(run(8));
  });
});
