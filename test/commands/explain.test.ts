import { expect } from 'chai';
import { ERROR_ACTORS, ERROR_CATEGORIES, ERROR_CODES } from '../../instrumentation/sets/error-codes.ts';
import { command } from '../command.ts';

const explain = (...args: string[]) => command(['explain', ...args]);

describe('explain', () => {
  it('says of a code what it is, who can act, whether trying again helps, what to do, and where Twilio tells more', async () => {
    expect(await explain('30007')).to.deep.equal({
      code: 0,
      stderr: '',
      stdout: `30007
  category       blocked: kept back on purpose: filtered as unwanted, or the recipient opted out
  who can act    you, with the account: its state, numbers, registrations and content
  trying again   does not help: it would fail again
  what to do     Filtered as spam: check registration, consent, content and links.
  Twilio's page  https://www.twilio.com/docs/api/errors/30007
`,
    });
  });

  const facts: readonly (readonly [code: string, who: string, again: string])[] = [
    ['21610', 'the recipient', 'does not help'],
    ['30008', 'the carrier', 'may help'],
    ['30500', 'Twilio', 'may help'],
    ['30001', 'you, with the application', 'may help'],
    ['520009', 'not known', 'depends on the cause'],
  ];
  for (const [code, who, again] of facts) {
    it(`${code}: ${who} can act, and trying again ${again}`, async () => {
      const { stdout } = await explain(code);
      expect(stdout).to.include(`  who can act    ${who}`).and.include(`  trying again   ${again}`);
    });
  }

  it('takes several codes, in the order that was given', async () => {
    const { code, stdout } = await explain('30008', '21610');
    expect([code, stdout.match(/^\d+$/gm)]).to.deep.equal([0, ['30008', '21610']]);
  });

  it('says that a code is unknown, and 1; the others are explained all the same', async () => {
    const { code, stdout, stderr } = await explain('30760', '30007', 'abc', '030007');
    expect(code).to.equal(1);
    expect(stdout.match(/^\d+$/gm)).to.deep.equal(['30007']);
    expect(stderr.trim().split('\n')).to.deep.equal([
      '30760 is not known to this version; its range is counted as compliance; https://www.twilio.com/docs/api/errors/30760 may have it',
      '"abc" is no error code: they are three to six digits',
      '"030007" is no error code: they are three to six digits',
    ]);
  });

  it('writes nothing but the complaint when no code is known', async () => {
    expect(await explain('99998')).to.include({ code: 1, stdout: '' });
  });

  it('tells programs the same as JSON', async () => {
    const { code, stdout } = await explain('--json', '21610', '99998', '520009');
    expect(code).to.equal(1);
    expect(JSON.parse(stdout)).to.deep.equal([
      {
        known: true,
        code: '21610',
        category: 'blocked',
        actor: 'recipient',
        advice: 'Recipient said STOP: never send again until they say START.',
        url: 'https://www.twilio.com/docs/api/errors/21610',
        retry: false,
      },
      { code: '99998', known: false },
      {
        known: true,
        code: '520009',
        category: 'other',
        actor: 'unknown',
        advice: "Read Twilio's page for this code.",
        url: 'https://www.twilio.com/docs/api/errors/520009',
        retry: null,
      },
    ]);
  });

  it('without a code lists the eleven categories', async () => {
    const { code, stdout } = await explain();
    const names = stdout.match(/^[a-z]+(?= +\d+ codes: )/gm);
    expect([code, names]).to.deep.equal([0, Object.keys(ERROR_CATEGORIES)]);
    const listed = JSON.parse((await explain('--json')).stdout) as { category: string; codes: number }[];
    expect(listed.map(({ category }) => category)).to.deep.equal(names);
    expect(listed.reduce((sum, { codes }) => sum + codes, 0)).to.equal(ERROR_CODES.size);
  });

  it('knows every code of the dictionary', async () => {
    for (const code of ERROR_CODES) {
      const ended = await explain(code, '--json');
      expect([ended.code, ended.stderr], code).to.deep.equal([0, '']);
      const [explained] = JSON.parse(ended.stdout);
      expect(explained, code).to.include({ code, known: true });
      expect(Object.keys(ERROR_CATEGORIES), code).to.include(explained.category);
      expect(ERROR_ACTORS, code).to.include(explained.actor);
      expect(explained.advice, code).to.not.equal('');
    }
  });
});
