import { expect } from 'chai';
import type { Outcome } from '../../src/rejection.ts';
import { History } from '../../src/status/history.ts';
import { ManualClock } from '../manual-clock.ts';

/** A history of made-up counts, whose clock stands still until it is moved. */
function playing() {
  const counts = new Map<string, Map<Outcome, number>>();
  const clock = new ManualClock();
  const history = new History(function* () {
    for (const [feed, of] of counts) for (const [outcome, count] of of) yield [count, feed, outcome] as const;
  }, clock);
  const add = (feed: string, outcome: Outcome, count = 1) => {
    const of = counts.get(feed) ?? counts.set(feed, new Map()).get(feed)!;
    of.set(outcome, (of.get(outcome) ?? 0) + count);
  };
  /** Fifteen seconds pass, and a moment is taken down. */
  const pass = (moments = 1) => {
    for (let i = 0; i < moments; i++) {
      clock.advance(15_000);
      history.look();
    }
  };
  return { history, clock, add, pass };
}

describe('status: the last quarter of an hour', () => {
  it('is empty at the start', () => {
    const { history } = playing();
    expect(history.perMinute('accepted')).to.deep.equal([]);
    expect(history.within(60_000, 'accepted')).to.equal(0);
    expect(history.ageMs('message')).to.equal(undefined);
  });

  it('tells rates a minute, over all feeds, of the outcomes that are asked for', () => {
    const { history, add, pass } = playing();
    add('message', 'accepted', 5);
    add('call', 'accepted', 5);
    add('call', 'signature_invalid', 3);
    pass();
    pass();
    expect(history.perMinute('accepted')).to.deep.equal([40, 0]);
    expect(history.perMinute('accepted', 'signature_invalid')).to.deep.equal([52, 0]);
  });

  it('counts what came since the last moment, too', () => {
    const { history, add, pass } = playing();
    pass();
    add('message', 'accepted', 7);
    expect(history.within(60_000, 'accepted')).to.equal(7);
  });

  it('forgets what is older than it was asked for, and keeps 15 minutes however long it runs', () => {
    const { history, add, pass } = playing();
    add('message', 'overloaded', 9);
    pass(5);
    expect(history.within(60_000, 'overloaded')).to.equal(0);
    expect(history.within(900_000, 'overloaded')).to.equal(9);
    pass(1_000);
    expect(history.within(900_000, 'overloaded')).to.equal(0);
    expect(history.perMinute('accepted')).to.have.lengthOf(60);
  });

  it('knows when a genuine callback of each feed was last seen; forged ones are none', () => {
    const { history, clock, add, pass } = playing();
    add('message', 'accepted');
    pass();
    add('call', 'duplicate');
    add('message', 'signature_invalid', 100);
    pass(4);
    clock.advance(5_000);
    expect(history.ageMs('message')).to.equal(65_000);
    expect(history.ageMs('call')).to.equal(50_000);
    expect(history.ageMs('events')).to.equal(undefined);
  });
});
