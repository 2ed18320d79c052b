import { expect } from 'chai';
import { spread } from '../../src/receive/spread.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('receive: spread', () => {
  it('runs all tasks in their order, sixteen in each turn', async () => {
    const later = spread();
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
    const later = spread();
    const done: string[] = [];
    later(() => {
      done.push('first');
      later(() => done.push('second'));
    });
    await turn();
    await turn();
    expect(done).to.deep.equal(['first', 'second']);
  });
});
