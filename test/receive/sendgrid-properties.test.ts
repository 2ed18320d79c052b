import { expect } from 'chai';
import fc from 'fast-check';
import { SIGNATURE, TIMESTAMP } from '../sendgrid.ts';
import { TestAgent } from './support/agent.ts';
import { email, SIGNER, signedEmails } from './support/sendgrid.ts';
import { exchange } from './support/socket.ts';

const WITH_KEY = { 'receivers.twilio.families.sendgrid.public_keys': SIGNER.shown };
const EVENTS = ['processed', 'delivered', 'deferred', 'bounce', 'open', 'spamreport', 'unsubscribe', 'teleported'];
const CLASSES: Readonly<Record<string, string>> = {
  Content: 'content',
  'Technical Failure': 'technical',
  'Frequency/Volume': 'frequency_volume',
};

/** An event; its `count`-th copy is written in another way and tells of the same. */
interface Fact {
  readonly event: string;
  readonly classification: string;
  /** True for an old one without an id, which is known by its address and its time. */
  readonly old: boolean;
}
const fact: fc.Arbitrary<Fact> = fc.record({
  event: fc.constantFrom(...EVENTS),
  classification: fc.constantFrom(...Object.keys(CLASSES)),
  old: fc.boolean(),
});

/** What the page must say of the facts, each counted once; written down without the agent's code. */
function expected(facts: readonly Fact[]): Record<string, number> {
  const counts: Record<string, number> = {};
  const count = (series: string) => {
    counts[series] = (counts[series] ?? 0) + 1;
  };
  for (const { event, classification } of facts) {
    count(`twilio_email_event_total{event="${event === 'teleported' ? 'other' : event}"}`);
    if (event === 'bounce') count(`twilio_emails_bounced_total{classification="${CLASSES[classification]}"}`);
  }
  return counts;
}

let last = 0;
/** Both ways in which the same event is written: times and attempts come as numbers or as text, members in any order. */
function copies({ event, classification, old }: Fact): readonly [object, object] {
  const id = ++last;
  const whole = email(event, {
    attempt: 3,
    ...(event === 'bounce' ? { bounce_classification: classification } : {}),
    ...(old ? { sg_event_id: undefined, email: `wilhelmina${id}@lighthouse.example` } : {}),
  });
  const backwards = Object.fromEntries(Object.entries(whole).reverse());
  return [whole, { ...backwards, timestamp: String(whole.timestamp), attempt: '3' }];
}

/** The list cut at these places, which may leave out nothing and repeat nothing. */
function cut<T>(list: readonly T[], places: readonly number[]): T[][] {
  const bounds = [0, ...places.map((place) => place % (list.length + 1)).sort((a, b) => a - b), list.length];
  return bounds.slice(1).map((to, at) => list.slice(bounds[at], to));
}

describe('receive: whatever becomes of batches of SendGrid on their way', () => {
  let agent: TestAgent;
  before(async () => {
    agent = await TestAgent.start(WITH_KEY);
  });
  after(() => agent.stop());

  it('in any order, with copies, and cut in any way, they add up to the same', async () => {
    const sent = fc.array(fact, { minLength: 1, maxLength: 8 }).chain((facts) =>
      fc.tuple(
        fc.constant(facts),
        fc.shuffledSubarray(
          [...facts.keys(), ...facts.keys()].map((of, at) => [of, at >= facts.length ? 1 : 0] as const),
          {
            minLength: facts.length * 2,
          },
        ),
        fc.array(fc.nat(20), { maxLength: 4 }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(sent, async ([facts, order, places]) => {
        const before = await agent.counts();
        const written = facts.map(copies);
        const batches = cut(
          order.map(([of, copy]) => written[of]![copy]),
          places,
        );
        for (const batch of batches) {
          expect((await exchange(agent.port, signedEmails(batch))).status).to.equal(204);
        }
        const { twilio, outcomes } = await agent.since(before, batches.length + facts.length * 2);
        expect(twilio).to.deep.equal(expected(facts));
        expect(outcomes['sendgrid:accepted']).to.equal(facts.length);
        expect(outcomes['sendgrid:duplicate']).to.equal(facts.length);
      }),
      { numRuns: 60, seed: 20_261_127 },
    );
  });

  /** Where the signature, the time and the body stand in a request. */
  function provenBytes(bytes: Buffer): number[] {
    const places = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
    const text = bytes.toString('latin1');
    const ofHeader = (name: string) => {
      const from = text.indexOf(`${name}: `) + name.length + 2;
      return places(from, text.indexOf('\r\n', from));
    };
    return [...ofHeader(SIGNATURE), ...ofHeader(TIMESTAMP), ...places(text.indexOf('\r\n\r\n') + 4, bytes.length)];
  }

  it('with one byte of the signature, the time or the body changed, they are refused and count nothing', async () => {
    const before = await agent.counts();
    const statuses = new Map<number, number>();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = signedEmails([email('open'), email('bounce')]);
        const places = provenBytes(bytes);
        bytes[places[at % places.length]!]! ^= flip;
        const { status } = await exchange(agent.port, bytes);
        runs++;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        // A byte that no header may hold is refused before anybody asks who signed.
        expect(status).to.be.oneOf([400, 401]);
      }),
      { numRuns: 400, seed: 20_261_127 },
    );
    const { outcomes, twilio } = await agent.since(before, runs);
    expect(twilio).to.deep.equal({});
    expect(outcomes).to.deep.equal({
      'sendgrid/signature_invalid': statuses.get(401),
      ...(statuses.has(400) ? { 'transport/bad_request': statuses.get(400) } : {}),
    });
    await agent.good();
  });
});
