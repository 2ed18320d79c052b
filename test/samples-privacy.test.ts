import { expect } from 'chai';
import { RunningAgent, samples, TOKEN } from './running-agent.ts';

/** Parameters whose values say nothing about a person or a single event: words of closed sets, dates, versions. */
const HARMLESS =
  /Status$|^(?:ApiVersion|Direction|.*Country|.*State|CallbackSource|SequenceNumber|ChannelPrefix|EventType|Timestamp|StructuredMessage|NumMedia|NumSegments|.*Duration|SipResponseCode|AnsweredBy|ErrorCode|.*Method|MessageType|.*ResourceType|interactionType)$/;
const SHORTEST = 4;

/** What must not be told, in each form in which it could be: as sent, URL-encoded, in base64. */
function secrets(bodies: readonly string[]): Set<string> {
  const found = new Set<string>([TOKEN]);
  for (const body of bodies) {
    for (const [name, value] of new URLSearchParams(body)) {
      const plain = value.trim();
      if (HARMLESS.test(name) || plain.length < SHORTEST) continue;
      // Numbers may be told with or without what stands before their digits.
      for (const text of [plain, plain.replace(/^\w+:/, ''), plain.replace(/^(?:\w+:)?\+/, '')]) {
        if (text.length < SHORTEST) continue;
        found.add(text).add(encodeURIComponent(text));
        for (const shift of ['', ' ', '  ']) found.add(base64Core(shift, text));
      }
    }
  }
  return found;
}

/** The part of base64 that does not depend on what stands before and after, for one of three alignments. */
function base64Core(before: string, text: string): string {
  const encoded = Buffer.from(before + text)
    .toString('base64')
    .replace(/=+$/, '');
  return encoded.slice(before.length === 0 ? 0 : before.length + 1, -1);
}

describe('privacy: nothing that the sample callbacks hold is told', () => {
  const messages = [...samples('message/status.json'), ...samples('message/inbound.json')].map(({ body }) => body);
  const calls = samples('call/status.json').map(({ body }) => body);
  const others = samples('other/form.json').map(({ body }) => body);
  const all = [...messages, ...calls, ...others];
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
    // Each of these is written to the log as something that went wrong.
    answers.push(await agent.post('message', `${messages[0]}&MessageSid=again`));
    answers.push(await agent.post('message', messages[0]!.replace('MessageSid=SM', 'MessageSid=XX')));
    answers.push(await agent.post('call', calls[0]!.replace(/Timestamp=[^&]*/, 'Timestamp=never')));
  });
  after(() => agent.stop());

  it('has samples that hold something to tell', () => {
    const found = secrets(all);
    expect(found.size).to.be.greaterThan(100);
    for (const text of ['+15558675310', '15558675310', encodeURIComponent('+15558675310')])
      expect([...found]).to.include(text);
    expect(answers.filter((answer) => answer === '204')).to.have.length.greaterThan(8);
    expect(answers.filter((answer) => answer.startsWith('400'))).to.have.length.greaterThan(8);
  });

  const places: readonly (readonly [name: string, read: () => Promise<string>])[] = [
    ['/metrics', () => agent.get('/metrics')],
    ['/', () => agent.get('/')],
    ['/health', () => agent.get('/health')],
    ['the log, at its lowest level', async () => agent.log.join('')],
    ['the answers', async () => answers.join('\n')],
  ];
  for (const [name, read] of places) {
    it(`in ${name}`, async () => {
      const text = await read();
      expect(text.length).to.be.at.least(2);
      const told = [...secrets(all)].filter((secret) => text.includes(secret));
      expect(told).to.deep.equal([]);
    });
  }
});
