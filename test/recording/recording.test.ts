import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { FEEDS } from '../../src/feeds/index.ts';
import { loadCountries } from '../../src/recording/countries.ts';
import { made, Pseudonyms } from '../../src/recording/pseudonyms.ts';
import { Recorder } from '../../src/recording/recorder.ts';
import { Redactor } from '../../src/recording/redact.ts';
import { AgentProcess } from '../agent-process.ts';
import { command } from '../command.ts';
import { ManualClock } from '../manual-clock.ts';
import { addForm, addJson, batches, fixtures, Secrets } from '../privacy.ts';
import { RunningAgent, TOKEN } from '../running-agent.ts';
import { samples, signedEmails, signedSamples } from '../samples.ts';
import { Rehearsal } from '../simulator/rehearsal.ts';
import { leaks } from '../told.ts';

const FORMS = FEEDS.filter(({ content }) => content === 'form').map(({ name }) => name);
/** What a recording must make again: everything that the ledger keeps, but for how long messages took until they arrived. */
const DURABLE = /^twilio_(?!agent_|message_(?:delivery|queue|carrier)_)\w+(?:_total|_count|_sum|_bucket)(?:\{.*\})? \d/;
const EMAILS = /^twilio_emails?_/;
const durable = (page: string): string[] =>
  page.split('\n').filter((line) => DURABLE.test(line) && !EMAILS.test(line) && !line.endsWith(' 0'));

/** Every request of the fixtures that is Twilio's, good or not, as feed and body. */
function requests(): (readonly [feed: string, body: string, json: boolean])[] {
  const forms = ['other/products.json', 'other/form.json'].flatMap((file) => signedSamples(file).samples);
  return [
    ...['message', 'call'].flatMap((feed) =>
      samples(`${feed}/status.json`).map(({ body }) => [feed, body, false] as const),
    ),
    ...samples('message/inbound.json').map(({ body }) => ['message', body, false] as const),
    ...forms.flatMap(({ body, expect: { family } }) =>
      FORMS.includes(family ?? '') ? [[family!, body, false] as const] : [],
    ),
    ...batches().map((body) => ['events', body, true] as const),
    ...samples('intelligence/webhook.json').map(({ body }) => ['intelligence', body, true] as const),
  ];
}

const countryOf = await loadCountries();

describe('a recording', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'recording-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('of all fixtures holds nothing private, and makes the same counts again', async () => {
    const file = join(folder, 'fixtures.ndjson');
    const emails = signedEmails();
    const clock = new ManualClock();
    const recorder = await Recorder.open(file, { clock, tell: () => {} });
    const agent = await RunningAgent.start({ SENDGRID_PUBLIC_KEY: emails.publicKey }, [], { keeper: recorder, clock });
    const all = requests();
    for (const [feed, body, json] of all) await (json ? agent.postJson(feed, body) : agent.post(feed, body));
    for (const { body, headers } of emails.samples) await agent.postJson('sendgrid', body, headers);
    const page = durable(await agent.get('/metrics'));
    await agent.stop();
    await recorder.close();
    const text = readFileSync(file, 'utf8');
    // A label of a participant in the fixtures is how the names of two members begin.
    const lines = text
      .replaceAll(/"customer\w*":/g, '')
      .trimEnd()
      .split('\n');
    expect(lines.length).to.be.greaterThan(100);

    const secrets = new Secrets();
    secrets.add('token', TOKEN);
    for (const bodies of fixtures().values()) for (const body of bodies) addForm(secrets, body);
    for (const [, body, json] of all) if (json) addJson(secrets, JSON.parse(body));
    // Of e-mails: addresses, ids and texts; the rest is words that say what happened.
    for (const { body } of emails.samples) {
      for (const [text = ''] of body.matchAll(/(?<=": ?")[^"]*[@ \d][^"]*(?=")/g)) secrets.add('e-mail', text);
    }
    expect(secrets.size).to.be.greaterThan(500);
    expect(
      lines.flatMap((line) => (secrets.found(line).length > 0 ? [[secrets.found(line), line]] : [])),
    ).to.deep.equal([]);
    expect(leaks(lines)).to.deep.equal([]);

    const again = await Rehearsal.start({ clock: new ManualClock(Date.now()) });
    try {
      const replayed = await command(['replay', file, '--speed', '1000', '--target', again.url], again.env);
      expect(replayed).to.include({ code: 0, stderr: '' });
      expect(replayed.stdout).to.match(/\d+ of SendGrid left out/);
      expect(durable(await again.page())).to.deep.equal(page);
      expect(page.length).to.be.greaterThan(100);
    } finally {
      await again.stop();
    }
  }).timeout(60_000);

  it('of simulated traffic makes the same counts again, by country, too', async () => {
    const file = join(folder, 'simulated.ndjson');
    const sets = ['processors.labels.country=true', 'service.pipelines.metrics.processors=[labels]'];
    const clock = new ManualClock();
    const recorder = await Recorder.open(file, { clock, tell: () => {} });
    const agent = await Rehearsal.start({ sets, clock, keeper: recorder });
    await agent.play(agent.prepare({ seed: '5', profile: 'outage', rate: 3, durationMs: 60_000 }));
    const page = durable(await agent.page());
    await agent.stop();
    await recorder.close();
    const text = readFileSync(file, 'utf8');
    expect(leaks(text.split('\n'))).to.deep.equal([]);
    const again = await Rehearsal.start({ sets, clock: new ManualClock(Date.now()) });
    try {
      expect(await command(['replay', file, '--speed', '100', '--target', again.url], again.env)).to.include({
        code: 0,
      });
      expect(durable(await again.page())).to.deep.equal(page);
      expect(page.join('\n')).to.include('country="FR"');
    } finally {
      await again.stop();
    }
  }).timeout(60_000);

  const hostile: readonly (readonly [name: string, value: string])[] = [
    ['MessageStatus', 'Wilhelmina'],
    ['ErrorCode', '15558675310'],
    ['Timestamp', 'Wilhelmina'],
    ['EventType', 'com.twilio.n15558675310'],
    ['Body', 'delivered by Harker'],
    ['Body', '{"note":"call Wilhelmina","list":["+15558675310",["Harker"]]}'],
    ['Body', '{"note":"call Wilhelmina'],
    ['Payload', '{"Wilhelmina 15558675310":true}'],
    ['customer_15558675310', 'yes'],
    ['To', 'whatsapp:+15558675310'],
    ['To', 'client:Wilhelmina'],
    ['To', 'sip:Harker@pbx.example.com'],
    ['StatusCallback', 'https://example.com/?to=15558675310'],
  ];
  for (const [name, value] of hostile) {
    it(`tells nothing of ${name}=${value}`, () => {
      const redactor = new Redactor(0, countryOf);
      const pairs = [redactor.name(name), redactor.text(name, value, () => false)];
      const json = JSON.stringify(redactor.json({ [name]: value, inner: [{ [name]: value }] }, () => false));
      for (const text of [...pairs, json]) expect(text).not.to.match(/Wilhelmina|Harker|5558675310|8675310/);
    });
  }

  it('makes a number of the same country of it, where several share the first digits', () => {
    const numbers = ['447400123456', '447797712345', '447624123456', '14165550123', '12125550123', '819012345678'];
    const local = { accountSid: '', ownUrl: '', countryOf };
    for (let i = 0; i < 50; i++) {
      const pseudonyms = new Pseudonyms(countryOf);
      for (const number of numbers) {
        const other = made('To', pseudonyms.of(`+${number}`), local);
        expect(other)
          .to.match(new RegExp(`^\\+${number.slice(0, 4)}\\d{${number.length - 4}}$`))
          .and.not.equal(`+${number}`);
        expect(countryOf(other.slice(1)), number).to.equal(countryOf(number));
      }
    }
  });

  it('names the same value alike within it, and otherwise in another one', () => {
    const [one, other] = [new Redactor(0, countryOf), new Redactor(0, countryOf)];
    const name = (redactor: Redactor) => redactor.text('To', '+15558675310', () => false);
    expect(name(one)).to.equal(name(one)).and.not.to.equal(name(other));
    expect(name(one)).to.match(/^<number \+1555 7 [0-9a-f]{16} other>$/);
  });

  it('ends when it is large, and says so once', async () => {
    const file = join(folder, 'large.ndjson');
    const told: string[] = [];
    const recorder = await Recorder.open(file, {
      clock: new ManualClock(),
      tell: (text) => told.push(text),
      maxBytes: 2_000,
    });
    const agent = await RunningAgent.start({}, [], { keeper: recorder });
    for (const { body } of samples('message/status.json')) {
      for (let i = 0; i < 3; i++) expect(await agent.post('message', body)).to.match(/^204/);
    }
    await agent.stop();
    await recorder.close();
    expect(statSync(file).size).to.be.within(1_000, 2_000);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(told).to.deep.equal(['the recording is as large as it may be, and ends here']);
    expect(readFileSync(file, 'utf8')).to.match(/\}\n$/);
  });

  const broken: readonly (readonly [text: string, complaint: RegExp])[] = [
    ['', /line 1 is broken/],
    ['{"recording":2}\n', /it is no recording of this version/],
    ['{"recording":1}\n{"ms":0,"feed":"message","form":[["a"', /line 2 is broken/],
    ['{"recording":1}\n{"ms":0,"feed":"../x","json":{}}', /line 2 is no request/],
    ['{"recording":1}\n{"ms":0,"feed":"message","form":[["a",1]]}', /line 2 is no request/],
  ];
  for (const [text, complaint] of broken) {
    it(`replay of ${JSON.stringify(text)}: 2, and why`, async () => {
      const file = join(folder, 'broken.ndjson');
      writeFileSync(file, text);
      const { code, stderr } = await command(['replay', file, '--target', 'http://127.0.0.1:9'], {
        TWILIO_AUTH_TOKEN: TOKEN,
      });
      expect(code).to.equal(2);
      expect(stderr).to.match(complaint);
    });
  }

  for (const [args, complaint] of [
    [[], /which FILE/],
    [['none.ndjson'], /none\.ndjson: ENOENT/],
    [['x', '--speed', '0'], /--speed is a number/],
    [['x', '--target', 'http://10.0.0.1'], /another machine.*--yes-this-is-mine/],
  ] as const) {
    it(`replay ${args.join(' ')}: 2, and why`, async () => {
      const { code, stderr } = await command(['replay', ...args], { TWILIO_AUTH_TOKEN: TOKEN });
      expect(code).to.equal(2);
      expect(stderr).to.match(complaint);
    });
  }

  it('is made by run --record, of whoever it may be, and never over another file', async () => {
    const file = join(folder, 'run.ndjson');
    const args = ['run', '--record', file, '--trial', '--set', 'receivers.twilio.endpoint=127.0.0.1:0'];
    const agent = new AgentProcess(args, { cwd: folder });
    const [, port] = await agent.logged(/127\.0\.0\.1:(\d+)/);
    const [{ body }] = samples('message/status.json') as unknown as [{ body: string }];
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(`http://127.0.0.1:${port}/webhooks/message`, { method: 'POST', body, headers });
    expect(answer.status).to.equal(204);
    expect(await agent.stop()).to.include({ code: 0 });
    expect(readFileSync(file, 'utf8')).to.match(
      /^\{"recording":1,.*\}\n\{"ms":\d+,"feed":"message","method":"POST","form":\[.*\]\}\n$/,
    );
    const again = await new AgentProcess(args, { cwd: folder }).ended;
    expect(again.code).to.equal(78);
    expect(again.stdout).to.match(/--record: the file cannot be begun: it is there already/);
  }).timeout(60_000);
});
