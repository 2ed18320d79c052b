import { expect } from 'chai';
import { TABLES } from './rows/index.ts';
import { type Counts, TestAgent, total } from './support/agent.ts';
import { exchange } from './support/socket.ts';

describe('receive: one answer and one count for', () => {
  let agent: TestAgent;
  /** What stood there after the row before: one that it counts too late fails the next. */
  let last: Counts;

  before(async () => {
    agent = await TestAgent.start();
    last = await agent.counts();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') last = await agent.counts();
  });
  after(() => agent.stop());

  for (const [title, rows] of Object.entries(TABLES)) {
    describe(title, () => {
      for (const [name, bytes, status, counted] of rows) {
        it(`${name}: ${status || 'closed'}`, async () => {
          const answer = await exchange(agent.port, bytes());
          expect(answer.status, answer.received).to.equal(status);
          // A 401 tells a forger nothing; every other refusal begins with its reason.
          if (status === 401) expect(answer.body).to.equal('Invalid signature');
          else if (status >= 400 && answer.body !== '') expect(`${answer.body}`).to.match(/^[a-z_]+: ./);
          await agent.good();
          const expected: Record<string, number> = { 'message/accepted': 1 };
          if (counted !== 'nothing') expected[counted] = (expected[counted] ?? 0) + 1;
          const since = await agent.since(last, total(expected));
          last = since.now;
          expect(since.outcomes).to.deep.equal(expected);
          // The good request's own `read`, and one more only where the answer was 204.
          const callbacks = Object.entries(since.twilio).filter(([series]) => series.includes('_callback_total'));
          expect(total(Object.fromEntries(callbacks)), JSON.stringify(since.twilio)).to.equal(status === 204 ? 2 : 1);
          if (status !== 204) expect(Object.keys(since.twilio)).to.have.length(1);
        });
      }
    });
  }

  describe('all of it', () => {
    it('logs at most one line for each reason while the clock stands still', () => {
      const reasons = agent.log
        .map((line) => JSON.parse(line).msg as string)
        .filter((msg) => msg.startsWith('refused'));
      const kinds = reasons.map((msg) => msg.split(': ')[1]);
      expect(kinds).to.have.length(new Set(kinds).size);
      expect(kinds).to.include.members(['signature_invalid', 'content_type', 'missing_field', 'headers_too_many']);
    });

    it('leaves the prototype of objects alone', () => {
      expect(Object.keys(Object.prototype)).to.deep.equal([]);
      expect(({} as Record<string, unknown>)['MessageSid']).to.equal(undefined);
    });
  });
});
