import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { AgeMap } from '../../../src/ledger/memory/age-map.ts';
import { Random } from '../../fuzz/mutations.ts';

describe('ledger: the map that knows its oldest entry', () => {
  it('is empty at first, and again when all are gone', () => {
    const map = new AgeMap<number>();
    expect(map.oldest).to.equal(undefined);
    map.set('a', 1);
    expect(map.oldest).to.deep.equal(['a', 1]);
    map.delete('a');
    expect([map.oldest, map.size, map.get('a')]).to.deep.equal([undefined, 0, undefined]);
    map.set('b', 2);
    expect(map.oldest).to.deep.equal(['b', 2]);
  });

  it('takes what is set again for the youngest', () => {
    const map = new AgeMap<number>();
    for (const key of ['a', 'b', 'c']) map.set(key, 1);
    expect(map.oldest).to.deep.equal(['a', 1]);
    map.set('a', 2);
    expect(map.oldest).to.deep.equal(['b', 1]);
    expect(map.get('a')).to.equal(2);
  });

  it('keeps nothing of what is set again and again while the oldest stays', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const map = new AgeMap<object>();
    const usedMb = (): number => {
      collect();
      return process.memoryUsage().heapUsed / 1e6;
    };
    map.set('oldest', {});
    const before = usedMb();
    let oldest: string | undefined;
    for (let i = 0; i < 500_000; i++) {
      map.set('a', {});
      oldest = map.oldest?.[0];
    }
    expect(oldest).to.equal('oldest');
    expect(usedMb() - before).to.be.below(5);
    expect(map.size).to.equal(2);
  });

  it('does what a plain Map does, for 50,000 random steps', () => {
    const random = new Random(20_261_126);
    const map = new AgeMap<number>();
    const plain = new Map<string, number>();
    for (let step = 0; step < 50_000; step++) {
      const key = String(random.below(5_000));
      switch (random.below(5)) {
        case 0:
          map.delete(key);
          plain.delete(key);
          break;
        case 1: {
          const [oldest] = plain;
          expect(map.oldest).to.deep.equal(oldest);
          if (oldest && random.below(2) === 0) {
            map.delete(oldest[0]);
            plain.delete(oldest[0]);
          }
          break;
        }
        default:
          map.set(key, step);
          plain.delete(key);
          plain.set(key, step);
      }
      expect(map.size).to.equal(plain.size);
    }
  });
});
