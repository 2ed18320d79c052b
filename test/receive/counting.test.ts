import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { EVENT_ROWS } from '../../src/families/events.ts';
import { samples } from '../samples.ts';
import { FORM_CASES } from './forms/good.ts';
import { TestAgent } from './support/agent.ts';
import { sha256 } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { OTHER_TOKEN, type Pair, PUBLIC_URL, request, signature, signed } from './support/wire.ts';

const metricOf = (name: string) => `twilio_${name.replaceAll('-', '_')}`;
const caseOf = (name: string) => FORM_CASES.find((each) => each.name === name)!;
const pairsOf = (name: string) => caseOf(name).sample;

describe('receive: what only counts distinct events', () => {
  let agent: TestAgent;
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'counting-'))));
  afterEach(async () => {
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const start = async (settings: Readonly<Record<string, string>> = {}) =>
    (agent = await TestAgent.start({
      'receivers.twilio.storage': 'file_storage',
      'service.extensions': '[file_storage]',
      'extensions.file_storage.directory': folder,
      ...settings,
    }));
  const post = async (name: string, pairs = pairsOf(name), token?: string) =>
    (await exchange(agent.port, signed(pairs, { target: `/webhooks/${name}`, ...(token ? { token } : {}) }))).status;
  const shown = async (name: string) =>
    (await agent.page()).split('\n').filter((line) => line.startsWith(`${metricOf(name)}_`) && !line.endsWith(' 0'));

  for (const { name } of EVENT_ROWS) {
    it(`${name}: nothing of it is on the page before its first request; it counts once, also after a restart`, async () => {
      await start();
      expect(await agent.page())
        .to.not.include(metricOf(name))
        .and.not.include(`family="${name}"`);
      expect(await post(name)).to.equal(204);
      const counted = await shown(name);
      expect(counted.filter((line) => line.includes('_callback_total'))).to.have.length(1);
      await agent.stop();
      await start();
      expect(await post(name)).to.equal(204);
      expect(await shown(name)).to.deep.equal(counted);
      const { outcomes } = await agent.counts();
      expect(outcomes).to.deep.equal({ [`${name}/duplicate`]: 1 });
    });

    it(`${name}: forged, unsigned, of another method or type, or given twice it counts nothing`, async () => {
      await start();
      const target = `/webhooks/${name}`;
      const pairs = pairsOf(name);
      expect(await post(name, pairs, OTHER_TOKEN)).to.equal(401);
      expect(
        (
          await exchange(
            agent.port,
            request({ target, body: new URLSearchParams(pairs as [string, string][]).toString() }),
          )
        ).status,
      ).to.equal(401);
      expect((await exchange(agent.port, request({ method: 'PUT', target }))).status).to.equal(405);
      expect(
        (await exchange(agent.port, request({ target, headers: { 'Content-Type': 'application/json' }, body: '{}' })))
          .status,
      ).to.equal(415);
      const { sid } = caseOf(name);
      const twice: Pair[] = [...pairs, [sid, pairs.find(([key]) => key === sid)![1].replace(/.$/, '0')]];
      expect(await post(name, twice)).to.equal(400);
      expect(await shown(name)).to.deep.equal([]);
      const { outcomes } = await agent.counts();
      expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).to.equal(5);
      expect(outcomes[`${name}/duplicate_parameter`]).to.equal(1);
    });

    it(`${name}: a forged request adds no series but its own outcome`, async () => {
      await start();
      expect(await post(name, pairsOf(name), OTHER_TOKEN)).to.equal(401);
      const page = await agent.page();
      expect(page).to.not.include(metricOf(name));
      expect(page.split('\n').filter((line) => line.includes(`family="${name}"`))).to.deep.equal([
        `twilio_agent_callbacks_total{family="${name}",outcome="signature_invalid"} 1`,
      ]);
      expect(await post(name)).to.equal(204);
      expect(await agent.page())
        .to.include(`twilio_agent_callbacks_total{family="${name}",outcome="duplicate"} 0\n`)
        .and.match(new RegExp(`^${metricOf(name)}_callback_total\\{.*"other"\\} 0$`, 'm'));
    });

    it(`${name}: switched on by name, its series are there from the start`, async () => {
      await start({ [`receivers.twilio.families.${name}.enabled`]: 'true' });
      expect(await agent.page())
        .to.include(`twilio_agent_callbacks_total{family="${name}",outcome="duplicate"} 0\n`)
        .and.match(new RegExp(`^${metricOf(name)}_callback_total\\{.*"other"\\} 0$`, 'm'));
    });

    it(`${name}: switched off it is 404, and no other feed's refusal leads there`, async () => {
      await start({ [`receivers.twilio.families.${name}.enabled`]: 'false' });
      expect(await post(name)).to.equal(404);
      expect((await agent.counts()).outcomes).to.deep.equal({ 'transport/not_found': 1 });
      const elsewhere = await exchange(agent.port, signed(pairsOf(name), { target: '/webhooks/message' }));
      expect(elsewhere.status).to.equal(400);
      expect(elsewhere.body).to.not.include(`/webhooks/${name}`);
    });
  }

  it('transcription: what was said counts on request, and is never told', async () => {
    const said = samples('other/products.json').find(({ name }) => name === 'realtime-transcription.content-partial')!;
    const pairs: Pair[] = [...new URLSearchParams(said.body)];
    await start();
    expect(await post('transcription', pairs)).to.equal(204);
    expect((await agent.counts()).outcomes).to.deep.equal({ 'transcription/ignored': 1 });
    expect(await shown('transcription')).to.deep.equal([]);
    await agent.stop();
    await start({ 'receivers.twilio.families.transcription.content': 'true' });
    for (let i = 0; i < 2; i++) expect(await post('transcription', pairs)).to.equal(204);
    expect(await shown('transcription')).to.deep.equal(['twilio_transcription_callback_total{event="content"} 1']);
  });

  it('bundle: a GET whose query names a hash of the body twice counts where the URL is signed so', async () => {
    await start();
    const hash = `bodySHA256=${sha256('')}`;
    const target = `/webhooks/bundle?BundleSid=BU${'0a'.repeat(16)}&Status=in-review&${hash}&${hash}`;
    const get = (signedUrl: string) =>
      exchange(agent.port, request({ method: 'GET', target, headers: { 'X-Twilio-Signature': signature(signedUrl) } }));
    expect((await get(`${PUBLIC_URL}/webhooks/bundle`)).status).to.equal(401);
    expect((await get(PUBLIC_URL + target)).status).to.equal(204);
    expect(await shown('bundle')).to.deep.equal(['twilio_bundle_callback_total{status="in-review"} 1']);
  });
});
