import { expect } from 'chai';
import { addForm, addJson, batches, fixtures, Secrets } from './privacy.ts';
import { RunningAgent, TOKEN } from './running-agent.ts';

const SHORTEST = 4;

function secretsOf(bodies: readonly string[]): Secrets {
  const secrets = new Secrets(SHORTEST);
  secrets.add('auth token', TOKEN);
  for (const body of bodies) addForm(secrets, body);
  for (const body of batches()) addJson(secrets, JSON.parse(body));
  return secrets;
}

describe('privacy: nothing that the sample callbacks hold is told', () => {
  const all = [...fixtures().values()].flat();
  const [messageStatus] = fixtures().get('message/status.json')!;
  const [callStatus] = fixtures().get('call/status.json')!;
  let agent: RunningAgent;
  const answers: string[] = [];

  before(async () => {
    agent = await RunningAgent.start();
    for (const body of all) {
      for (const family of ['message', 'call']) {
        answers.push(await agent.post(family, body));
        answers.push(await agent.post(family, body, { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }));
      }
      answers.push(await agent.get(`/nowhere?${body}`));
    }
    const forged = { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' };
    for (const body of batches()) {
      answers.push(await agent.postJson('events', body), await agent.postJson('events', body, forged));
      // No event of these can be used, and each reason has a line in the log.
      agent.clock.advance(61_000);
      for (const broken of [body.slice(1), body.replace(/("(?:message|Call)?[sS]id":")../g, '$1XX'), `[[${body}]]`])
        answers.push(await agent.postJson('events', broken));
    }
    // Each of these is written to the log as something that went wrong.
    answers.push(await agent.post('message', `${messageStatus}&MessageSid=again`));
    answers.push(await agent.post('message', messageStatus!.replace('MessageSid=SM', 'MessageSid=XX')));
    answers.push(await agent.post('call', callStatus!.replace(/Timestamp=[^&]*/, 'Timestamp=never')));
  });
  after(() => agent.stop());

  it('has samples that hold something to tell', () => {
    const secrets = secretsOf(all);
    expect(secrets.size).to.be.greaterThan(100);
    for (const text of ['+15558675310', '15558675310', encodeURIComponent('+15558675310')])
      expect(secrets.found(`to ${text}.`), text).to.not.deep.equal([]);
    expect(answers.filter((answer) => answer === '204')).to.have.length.greaterThan(8);
    expect(answers.filter((answer) => answer.startsWith('400'))).to.have.length.greaterThan(8);
  });

  const places: readonly (readonly [name: string, read: () => Promise<string>])[] = [
    ['/metrics', () => agent.get('/metrics')],
    ['/', () => agent.get('/')],
    ['/status.json', () => agent.get('/status.json')],
    ['/health', () => agent.get('/health')],
    ['the log, at its lowest level', async () => agent.log.join('')],
    ['the answers', async () => answers.join('\n')],
  ];
  for (const [name, read] of places) {
    it(`in ${name}`, async () => {
      const text = await read();
      expect(text.length).to.be.at.least(2);
      expect(secretsOf(all).found(text)).to.deep.equal([]);
    });
  }
});
