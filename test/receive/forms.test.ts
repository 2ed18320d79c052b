import { expect } from 'chai';
import { FORM_CASES } from './forms/good.ts';
import { formRows } from './forms/table.ts';
import { type Counts, TestAgent, total } from './support/agent.ts';
import { exchange, Wire } from './support/socket.ts';
import { changed, signed } from './support/wire.ts';

for (const feed of FORM_CASES) {
  const { name, label, key, pairs } = feed;
  const target = `/webhooks/${name}`;
  const own = key ? `twilio_${name.replaceAll('-', '_')}_callback_total` : 'twilio_debugger_errors_total';
  /** What the feed's own counter counted, by series. */
  const counted = ({ twilio }: Counts) => Object.entries(twilio).filter(([series]) => series.startsWith(`${own}{`));

  describe(`receive: ${name}: one answer and one count for`, () => {
    let agent: TestAgent;
    let last: Counts;
    before(async () => {
      agent = await TestAgent.start();
      last = await agent.counts();
    });
    after(() => agent.stop());
    afterEach(async function () {
      if (this.currentTest?.state === 'failed') last = await agent.counts();
    });

    for (const { name: what, bytes, status, outcome, other } of formRows(feed)) {
      it(`${what}: ${status}`, async () => {
        const sent = bytes();
        const answer = await exchange(agent.port, sent);
        expect(answer.status, answer.received).to.equal(status);
        if (status === 401) expect(answer.body).to.equal('Invalid signature');
        else if (status >= 400) expect(answer.body).to.match(/^[a-z_]+: ./);
        // A good one on a connection of its own, and the same again.
        for (let i = 0; i < 2; i++) await exchange(agent.port, i === 0 ? signed(pairs(), { target }) : sent);
        const twice = status === 204 && outcome === 'accepted' ? 'duplicate' : outcome;
        const expected: Record<string, number> = { [`${name}/accepted`]: 1 };
        for (const each of [outcome, twice]) expected[`${name}/${each}`] = (expected[`${name}/${each}`] ?? 0) + 1;
        const since = await agent.since(last, total(expected));
        last = since.now;
        expect(since.outcomes).to.deep.equal(expected);
        const moved = counted(since);
        expect(total(Object.fromEntries(moved)), JSON.stringify(since.twilio)).to.equal(outcome === 'accepted' ? 2 : 1);
        const others = moved.filter(([series]) => series === `${own}{${key}="other"}`);
        expect(total(Object.fromEntries(others))).to.equal(other ? 1 : 0);
      });
    }

    it('thousand values that are new: one series, and one line in the log', async () => {
      if (!key) return;
      const before = await agent.counts();
      const wire = await Wire.open(agent.port);
      wire.send(
        Buffer.concat(Array.from({ length: 1_000 }, (_, i) => signed(changed(pairs(), label, `new-${i}`), { target }))),
      );
      expect((await wire.answers(1_000)).every(({ status }) => status === 204)).to.equal(true);
      wire.close();
      expect(counted(await agent.since(before, 1_000))).to.deep.equal([[`${own}{${key}="other"}`, 1_000]]);
    });

    it('all of it: at most one line for each reason, and nothing private in it', () => {
      const messages = agent.log.map((line) => JSON.parse(line).msg as string);
      const refusals = messages.filter((msg) => msg.startsWith('refused')).map((msg) => msg.split(': ')[1]);
      expect(refusals).to.have.length(new Set(refusals).size);
      expect(refusals).to.include.members(['signature_invalid', 'missing_field', 'invalid_sid', 'control_webhook']);
      expect(messages.filter((msg) => /does not know/.test(msg))).to.have.length(key ? 1 : 0);
      expect(Object.keys(Object.prototype)).to.deep.equal([]);
    });
  });
}
