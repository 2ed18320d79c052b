import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { FEEDS } from '../src/feeds/index.ts';
import { RunningAgent } from './running-agent.ts';
import { samples, signedEmails, signedSamples } from './samples.ts';

const FAMILIES = new URL('golden/families.txt', import.meta.url);
const GOLDEN = new URL('golden/metrics.txt', import.meta.url);
// What depends on the run and not on the samples: times, the process, and who and which version measured them.
const VOLATILE =
  /^(?:http_server_request_duration_seconds_(?:bucket|sum)\{|target_info\{|twilio_agent_build_info\{|twilio_agent_scrape_|nodejs_|process_|v8js_)/;

const stable = (page: string): string =>
  page
    .split('\n')
    .filter((line) => !VOLATILE.test(line))
    .join('\n');

const FORMS = FEEDS.filter(({ content }) => content === 'form').map(({ name }) => name);

describe('the whole of /metrics with every family', () => {
  it('is the golden file', async () => {
    const emails = signedEmails();
    const agent = await RunningAgent.start({ SENDGRID_PUBLIC_KEY: emails.publicKey });
    try {
      const answers = [];
      for (const family of ['message', 'call']) {
        for (const { body } of samples(`${family}/status.json`)) answers.push(await agent.post(family, body));
      }
      const forms = ['other/products.json', 'other/form.json'].flatMap((file) => signedSamples(file).samples);
      for (const {
        body,
        expect: { family, refused },
      } of forms) {
        if (FORMS.includes(family ?? '') && !refused) answers.push(await agent.post(family!, body));
      }
      for (const { body } of samples('events/event-streams.json').filter((sample) => /^[{[]/.test(sample.body))) {
        answers.push(await agent.postJson('events', body));
      }
      for (const { body } of samples('intelligence/webhook.json'))
        answers.push(await agent.postJson('intelligence', body));
      const [batch] = emails.samples.filter(({ name }) => name === 'sendgrid.batch');
      answers.push(await agent.postJson('sendgrid', batch!.body, batch!.headers));
      expect(answers).to.have.length.above(90);
      for (const answer of answers) expect(answer).to.match(/^204/);
      const page = stable(await agent.get('/metrics'));
      if (process.env['UPDATE_GOLDEN']) writeFileSync(FAMILIES, page);
      expect(page).to.equal(readFileSync(FAMILIES, 'utf8'));
    } finally {
      await agent.stop();
    }
  });
});

describe('the whole of /metrics after the sample callbacks', () => {
  let agent: RunningAgent;
  before(async () => {
    agent = await RunningAgent.start();
  });
  after(() => agent.stop());

  it('is the golden file', async () => {
    const answers = [];
    for (const family of ['message', 'call']) {
      for (const { name, body } of samples(`${family}/status.json`)) {
        answers.push(`${name}: ${await agent.post(family, body)}`);
      }
    }
    expect(answers).to.have.length(10);
    for (const answer of answers) expect(answer).to.match(/: 204$/);
    const page = stable(await agent.get('/metrics'));
    if (process.env['UPDATE_GOLDEN']) writeFileSync(GOLDEN, page);
    expect(page).to.equal(readFileSync(GOLDEN, 'utf8'));
  });

  it('tells no more than before when the same callbacks come again, but that they came', async () => {
    const twilio = async () =>
      (await agent.get('/metrics'))
        .split('\n')
        .filter((line) => /^twilio_(?:(?!agent_)|agent_(?:contra|ledger))/.test(line));
    const before = await twilio();
    for (const { body } of samples('message/status.json')) expect(await agent.post('message', body)).to.equal('204');
    expect(await twilio()).to.deep.equal(before);
    expect(await agent.get('/metrics')).to.match(
      /^twilio_agent_callbacks_total\{family="message",outcome="duplicate"\} 6$/m,
    );
  });

  it('moves nothing of Twilio for a forged request', async () => {
    const counts = async () =>
      (await agent.get('/metrics')).split('\n').filter((line) => /^twilio_(?!agent_)/.test(line));
    const before = await counts();
    const { body } = samples('message/status.json')[0]!;
    const forged = body.replaceAll('sent', 'canceled').replaceAll('SMb2', 'SMc3');
    expect(await agent.post('message', forged, { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' })).to.equal(
      '401 Invalid signature',
    );
    expect(await agent.post('message', forged, { 'x-twilio-signature': '' })).to.equal('401 Invalid signature');
    expect(await counts()).to.deep.equal(before);
    expect(await agent.get('/metrics')).to.match(
      /^twilio_agent_callbacks_total\{family="message",outcome="signature_invalid"\} 2$/m,
    );
  });
});
