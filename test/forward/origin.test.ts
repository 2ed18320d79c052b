import { once } from 'node:events';
import type { LookupFunction } from 'node:net';
import { expect } from 'chai';
import { Origin } from '../../src/forward/origin.ts';
import { ManualClock } from '../manual-clock.ts';
import { Upstream } from './support/upstream.ts';

const NO_TLS = { ca_file: '', insecure_skip_verify: false };

/** One request to the end of its answer. */
async function ask(origin: Origin): Promise<number | undefined> {
  const request = origin.send({ method: 'GET', path: '/', headers: ['Host', 'hooks.example.com'] });
  request.end();
  const [answer] = await once(request, 'response');
  answer.resume();
  await once(answer, 'end');
  return answer.statusCode;
}

describe('forward: the connections to an application', () => {
  it('are reused, and its name is resolved anew each minute, also while they never rest', async () => {
    const before = await Upstream.start(0, '127.0.0.1');
    const after = await Upstream.start(before.port, '127.0.0.2');
    let address = '127.0.0.1';
    let asked = 0;
    const lookup: LookupFunction = (_name, options, tell) => {
      asked++;
      if (options.all) tell(null, [{ address, family: 4 }]);
      else tell(null, address, 4);
    };
    const clock = new ManualClock();
    const origin = new Origin(`http://app.internal:${before.port}`, NO_TLS, clock, lookup);
    for (let i = 0; i < 3; i++) expect(await ask(origin)).to.equal(204);
    expect([before.connections, asked]).to.deep.equal([1, 1]);
    address = '127.0.0.2';
    clock.advance(59_999);
    await ask(origin);
    expect([before.requests.length, after.requests.length, asked]).to.deep.equal([4, 0, 1]);
    clock.advance(1);
    for (let i = 0; i < 3; i++) await ask(origin);
    expect([before.requests.length, after.requests.length, asked]).to.deep.equal([4, 3, 2]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(before.sockets.size, 'connections to the old address').to.equal(0);
    origin.close();
    await Promise.all([before.stop(), after.stop()]);
  });

  it('end when they have waited for a second, which is before any server ends them', async () => {
    const app = await Upstream.start();
    const origin = new Origin(app.url, NO_TLS, new ManualClock());
    await ask(origin);
    expect(app.sockets.size).to.equal(1);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(app.sockets.size).to.equal(0);
    await ask(origin);
    expect(app.connections).to.equal(2);
    origin.close();
    await app.stop();
  });
});
