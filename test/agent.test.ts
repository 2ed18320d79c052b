import { expect } from 'chai';
import { RunningAgent, TOKEN } from './running-agent.ts';

const TRIAL = { TWILIO_AUTH_TOKEN: '', PUBLIC_URL: '' };
const SECOND = 'f'.repeat(32);
const SID = `SM${'0a'.repeat(16)}`;
const MADE_UP = 'MessageSid=my-first-message&MessageStatus=delivered';

describe('the agent', () => {
  let agent: RunningAgent;
  afterEach(() => agent.stop());

  const start = async (env: Record<string, string>, sets: readonly string[] = []) => {
    agent = await RunningAgent.start(env, sets);
    return agent;
  };
  const metric = async (pattern: RegExp) => pattern.exec(await agent.get('/metrics'))?.[0];

  it('in local trial counts made-up callbacks from this machine, and says on every page that it verifies nothing', async () => {
    await start(TRIAL);
    expect(await agent.post('message', MADE_UP)).to.equal('204');
    expect(await metric(/^twilio_messages_delivered_total .*$/m)).to.equal('twilio_messages_delivered_total 1');
    expect(await metric(/^twilio_agent_signature_verification .*$/m)).to.equal('twilio_agent_signature_verification 0');
    expect(await agent.get('/')).to.include('NOT verified (local trial)');
  });

  it('in local trial refuses what came through a tunnel or a proxy', async () => {
    await start(TRIAL);
    const answer = await agent.post('message', MADE_UP, { 'x-forwarded-for': '203.0.113.9' });
    expect(answer).to.match(/^403 trial_only: X-Forwarded-\*: .*set TWILIO_AUTH_TOKEN$/);
    // What only a proxy or Twilio would send, or an old proxy would speak, is refused like it.
    const signed = await agent.post('message', MADE_UP, { 'x-twilio-signature': `${'A'.repeat(27)}=` });
    expect(signed).to.match(/^403 trial_only: X-Twilio-Signature: /);
    expect(await metric(/^twilio_messages_delivered_total .*$/m)).to.equal('twilio_messages_delivered_total 0');
  });

  it('that may take unsigned callbacks from anywhere is strict about SIDs all the same', async () => {
    await start({ ...TRIAL, TWILIO_ALLOW_UNSIGNED: 'true' });
    const forwarded = { 'x-forwarded-for': '203.0.113.9' };
    expect(await agent.post('message', MADE_UP, forwarded)).to.match(/^400 invalid_sid: MessageSid: /);
    expect(await agent.post('message', `MessageSid=${SID}&MessageStatus=sent`, forwarded)).to.equal('204');
    expect(await metric(/^twilio_agent_signature_verification .*$/m)).to.equal('twilio_agent_signature_verification 0');
  });

  it('takes both tokens while one is rotated, and tells which was used by its position', async () => {
    await start({ TWILIO_AUTH_TOKEN: SECOND, TWILIO_AUTH_TOKEN_SECONDARY: TOKEN });
    expect(await agent.post('message', `MessageSid=${SID}&MessageStatus=sent`)).to.equal('204');
    const page = await agent.get('/metrics');
    expect(page).to.include('twilio_agent_signatures_verified_total{token_index="0"} 0');
    expect(page).to.include('twilio_agent_signatures_verified_total{token_index="1"} 1');
    expect(page + agent.log.join(''))
      .to.not.include(TOKEN)
      .and.not.include(SECOND);
  });

  it('with a token for one account refuses another account, and names the setting in its log only', async () => {
    await start({ TWILIO_ACCOUNT_SID: `AC${'11'.repeat(16)}` });
    const body = `MessageSid=${SID}&MessageStatus=sent&AccountSid=AC${'22'.repeat(16)}`;
    expect(await agent.post('message', body)).to.equal('401 Invalid signature');
    expect(agent.log.join('')).to.include('account_unknown').and.include('receivers.twilio.accounts');
    expect(agent.log.join('')).to.not.include('22'.repeat(16));
  });

  it('says in its log which URL it tried when a signature does not match', async () => {
    await start({});
    await agent.post('call', `CallSid=CA${'0a'.repeat(16)}&CallStatus=ringing`, {
      'x-twilio-signature': 'x'.repeat(28),
    });
    const line = agent.log.map((text) => JSON.parse(text)).find(({ msg }) => msg.includes('signature_invalid'));
    expect(line).to.include({
      level: 'warn',
      detail: 'tried https://otel.example.com/twilio/webhooks/call, https://otel.example.com:443/twilio/webhooks/call',
    });
  });

  it('names a code that it does not know in its log, once, and counts it as other in the category of its range', async () => {
    await start({});
    for (const digit of ['1', '2', '3']) {
      const sid = `SM${'0a'.repeat(15)}0${digit}`;
      expect(await agent.post('message', `MessageSid=${sid}&MessageStatus=failed&ErrorCode=30760`)).to.equal('204');
    }
    const page = await agent.get('/metrics');
    expect(page)
      .to.include('twilio_messages_failed_total{error_code="other"} 3\n')
      .and.include('twilio_messages_failed_by_category_total{error_category="compliance"} 3\n')
      .and.include('twilio_error_code_info{error_code="other",error_category="other",actor="unknown"} 1\n')
      .and.not.include('30760');
    const lines = agent.log.filter((line) => line.includes('30760'));
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include('receivers.twilio.error_codes');
  });

  it('counts a code that the configuration adds under its own name', async () => {
    await start({}, ['receivers.twilio.error_codes=30760,520041']);
    await agent.post('message', `MessageSid=${SID}&MessageStatus=failed&ErrorCode=30760`);
    expect(await agent.get('/metrics'))
      .to.include('twilio_messages_failed_total{error_code="30760"} 1\n')
      .and.include('twilio_error_code_info{error_code="30760",error_category="compliance",actor="sender"} 1\n');
    expect(agent.log.join('')).to.not.include('30760');
  });

  it('shows a page that links to what may be clicked: a callback path would count a refused callback', async () => {
    await start({});
    const page = await agent.get('/');
    // The icon is no request.
    const links = [...page.matchAll(/href="(?!data:)([^"]*)"/g)].map(([, link]) => link);
    expect(links).to.deep.equal(['/metrics', '/health', '/ready', '/live', '/status.json']);
    expect(page).to.include('/webhooks/message').and.include('Twilio&#39;s REST API').and.not.include('otlp');
    for (const link of links) await agent.get(link!);
    expect(await metric(/^twilio_agent_callbacks_total.* [1-9].*$/m)).to.equal(undefined);
  });

  it('collects once for all who look at its page within a second, and anew for who looks later', async () => {
    await start({});
    // A scrape page knows of those before it.
    const scrapes = async () =>
      Number((await metric(/^twilio_agent_scrape_duration_seconds_count .*$/m))?.split(' ')[1] ?? 0);
    const before = await scrapes();
    const looks = Array.from({ length: 40 }, (_, i) => agent.get(i % 2 === 0 ? '/' : '/status.json'));
    const pages = await Promise.all(looks);
    expect(new Set(pages).size).to.equal(2);
    expect(await scrapes()).to.equal(before + 2);
    agent.clock.advance(1_000);
    await agent.get('/');
    expect(await scrapes()).to.equal(before + 4);
  });

  it('stops once, however often it is told to', async () => {
    await start({});
    await Promise.all([agent.stop(), agent.stop()]);
    const refused = await agent.get('/live').then(
      () => 'answered',
      () => 'refused',
    );
    expect(refused).to.equal('refused');
  });
});
