import { expect } from 'chai';
import { afterReading } from '../../src/receive/server/after-reading.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('receive: after reading', () => {
  /** A clock that each turn moves on by what the turn is said to take. */
  let nowMs: number;
  let turnMs: number;
  const clock = () => (nowMs += turnMs);
  beforeEach(() => {
    [nowMs, turnMs] = [0, 0];
  });

  it('runs all tasks in their order, sixteen in each turn', async () => {
    const later = afterReading(clock);
    const done: number[] = [];
    for (let i = 0; i < 40; i++) later(() => done.push(i));
    const seen = [done.length];
    for (let i = 0; i < 4; i++) {
      await turn();
      seen.push(done.length);
    }
    expect(seen).to.deep.equal([0, 16, 32, 40, 40]);
    expect(done).to.deep.equal(Array.from({ length: 40 }, (_, i) => i));
  });

  it('goes on with tasks that come while others run', async () => {
    const later = afterReading(clock);
    const done: string[] = [];
    later(() => {
      done.push('first');
      later(() => done.push('second'));
    });
    await turn();
    await turn();
    expect(done).to.deep.equal(['first', 'second']);
  });

  it('waits while turns are long, in which more may have arrived, for the first short one', async () => {
    const later = afterReading(clock);
    let done = false;
    turnMs = 20;
    later(() => (done = true));
    for (let i = 0; i < 5; i++) await turn();
    expect(done).to.equal(false);
    turnMs = 1;
    await turn();
    expect(done).to.equal(true);
  });

  it('waits a quarter of a second at most, however many tasks there are', async () => {
    const later = afterReading(clock);
    let done = 0;
    turnMs = 50;
    for (let i = 0; i < 160; i++) later(() => done++);
    let turns = 0;
    while (done < 160) {
      await turn();
      turns++;
    }
    expect(turns).to.be.within(10, 16);
  });
});
