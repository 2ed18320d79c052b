import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { describeDifferences } from '../../src/simulator/page.ts';
import { type Delivery, plan, type Question } from '../../src/simulator/plan.ts';
import { PROFILE_NAMES } from '../../src/simulator/profiles.ts';
import { STORIES } from '../demo/story.ts';
import { Rehearsal } from './rehearsal.ts';

const SHORT = { rate: 3, durationMs: 40_000 };
const healthy: Question = { seed: '7', profile: 'healthy', rate: 5, durationMs: 120_000, run: 'one' };

describe('the simulator, against an agent', () => {
  for (const [i, profile] of PROFILE_NAMES.entries()) {
    it(`${profile}: the page grows by what the manifest says`, async () => {
      const agent = await Rehearsal.start();
      try {
        for (const seed of profile === 'healthy' ? ['1', '2', 'x-3'] : [`${i}`]) {
          const run = agent.prepare({ seed, profile, ...SHORT });
          const { differences, tally } = await agent.play(run);
          expect(differences).to.deep.equal([]);
          expect([tally.retried, tally.lost]).to.deep.equal([0, 0]);
          expect(run.deliveries.length).to.be.greaterThan(150);
        }
      } finally {
        await agent.stop();
      }
    }).timeout(60_000);
  }

  it('a rotation to a token that the agent knows is counted on, by the second one', async () => {
    const agent = await Rehearsal.start({ env: { TWILIO_AUTH_TOKEN_SECONDARY: 'f'.repeat(32) } });
    try {
      const run = agent.prepare({ seed: '1', profile: 'token-rotation', ...SHORT });
      expect((await agent.play(run)).differences).to.deep.equal([]);
      expect(run.expected.get('twilio_agent_signatures_verified_total{token_index="1"}')).to.be.greaterThan(100);
      expect(run.manifest).not.to.include('signature_invalid');
    } finally {
      await agent.stop();
    }
  }).timeout(60_000);

  it('a trial without a token is rehearsed unsigned, and so is one that splits its figures by country', async () => {
    const agent = await Rehearsal.start({
      env: { TWILIO_AUTH_TOKEN: '', PUBLIC_URL: '' },
      sets: ['processors.labels.country=true', 'service.pipelines.metrics.processors=[labels]'],
    });
    try {
      const { differences } = await agent.play(agent.prepare({ seed: '1', profile: 'outage', ...SHORT }));
      expect(differences).to.deep.equal([]);
      expect(await agent.page()).to.match(/country="US"/);
    } finally {
      await agent.stop();
    }
  }).timeout(60_000);

  /** A callback that was not copied, of a message of which callbacks alone tell: no other road makes it good. */
  const isCallback = ({ feed, told: [first] }: Delivery, _: number, all: readonly Delivery[]) =>
    feed === 'message' &&
    first?.kind === 'step' &&
    first.life.roads === 'callbacks' &&
    all.filter(({ told: [other] }) => other?.id === first.id).length === 1;
  const faults: readonly (readonly [name: string, spoil: (all: Delivery[]) => Delivery[], found: RegExp])[] = [
    [
      'dropped',
      (all) => all.filter((each) => each !== all.find(isCallback)),
      /^ {2}twilio_agent_callbacks_total\{family="message",outcome="accepted"\} +(\d+) +\d+ +-1$/m,
    ],
    [
      'doubled',
      (all) => all.flatMap((each) => (each === all.find(isCallback) ? [each, each] : [each])),
      /^ {2}twilio_agent_callbacks_total\{family="message",outcome="duplicate"\} +(\d+) +\d+ +1$/m,
    ],
  ];
  for (const [name, spoil, found] of faults) {
    it(`one callback that is ${name} is found out`, async () => {
      const agent = await Rehearsal.start();
      try {
        const run = agent.prepare({ seed: '3', profile: 'healthy', ...SHORT });
        const { differences } = await agent.play({ ...run, deliveries: spoil([...run.deliveries]) });
        expect(differences).not.to.deep.equal([]);
        expect(describeDifferences(differences)).to.match(found);
      } finally {
        await agent.stop();
      }
    }).timeout(60_000);
  }
});

describe('the plan of a simulation', () => {
  const shape = (deliveries: readonly Delivery[]) =>
    deliveries.map(({ atMs, feed, token, told }) => [atMs, feed, token, told.map(({ kind }) => kind)]);

  it('is the same for the same seed but for its SIDs, and another for another seed', () => {
    const one = plan(healthy);
    const again = plan({ ...healthy, run: 'two' });
    expect(shape(again)).to.deep.equal(shape(one));
    expect(plan(healthy)).to.deep.equal(one);
    const sids = (all: readonly Delivery[]) => new Set(all.flatMap(({ told }) => told.map(({ id }) => id)));
    const other = sids(again);
    expect([...sids(one)].filter((id) => other.has(id))).to.deep.equal([]);
    expect(shape(plan({ ...healthy, seed: '8' }))).not.to.deep.equal(shape(one));
  });

  it("has Twilio's habits: copies, what overtakes, both roads, and batches", () => {
    const all = plan(healthy);
    const callbacks = all.filter(({ feed }) => feed !== 'events');
    const ids = callbacks.map(({ told: [first] }) => first!.id);
    const copies = ids.length - new Set(ids).size;
    expect(copies).to.be.within(20, 120);
    const events = all.filter(({ feed }) => feed === 'events').flatMap(({ told }) => told.map(({ id }) => id));
    expect(events.length - new Set(events).size).to.be.within(10, 80);
    const latest = new Map<string, number>();
    let overtaken = 0;
    for (const { told } of callbacks) {
      for (const each of told) {
        if (each.kind !== 'step') continue;
        if (each.step.atMs < (latest.get(each.life.sid) ?? 0)) overtaken++;
        latest.set(each.life.sid, each.step.atMs);
      }
    }
    expect(overtaken).to.be.greaterThan(20);
    expect(all.map(({ atMs }) => atMs)).to.deep.equal(all.map(({ atMs }) => atMs).sort((a, b) => a - b));
  });
});

describe('docs: the alerts of each profile', () => {
  const page = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8');
  for (const profile of PROFILE_NAMES) {
    it(`${profile}: are those that the test expects`, () => {
      const [row = ''] =
        page.slice(page.indexOf('## The alerts')).match(new RegExp(`^\\| \`${profile}\` \\|.*$`, 'm')) ?? [];
      expect((row.match(/Twilio\w+/g) ?? []).sort()).to.deep.equal(STORIES[profile].alerts);
    });
  }
});
