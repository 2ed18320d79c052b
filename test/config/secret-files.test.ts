import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fileText } from '../../src/config/layers/file-text.ts';
import { load, problems } from './room.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const ACCOUNT = `AC${'a1'.repeat(16)}`;
const KEY = `SK${'b2'.repeat(16)}`;
const AUTH_TOKEN = 'receivers.twilio.auth_token and receivers.twilio_api.accounts.0.auth_token';

describe('config: secrets in files', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const file = (name: string, content: string | Buffer) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  const TEXTS: readonly (readonly [name: string, content: string | Buffer, text: string | RegExp])[] = [
    ['a secret alone', TOKEN, TOKEN],
    ['a secret with a line end', `${TOKEN}\n`, TOKEN],
    ["a secret with Windows' line end", `${TOKEN}\r\n`, TOKEN],
    ['two line ends, of which one is no line end of a file', `${TOKEN}\n\n`, `${TOKEN}\n`],
    ['nothing', '', /it is empty$/],
    ['a line end alone', '\n', /it is empty$/],
    ['64 KiB', 'x'.repeat(65_536), 'x'.repeat(65_536)],
    ['more than that', 'x'.repeat(65_537), /it is over 64 KiB$/],
    ['bytes that are no text', Buffer.from([0x74, 0xff, 0xfe]), /it holds no text$/],
    ['UTF-16', Buffer.from(TOKEN, 'utf16le'), /it holds no text$/],
  ];
  for (const [name, content, text] of TEXTS) {
    it(`${name}: ${typeof text === 'string' ? 'taken' : 'refused'}`, () => {
      const path = file('secret', content);
      if (typeof text === 'string') expect(fileText(path)).to.equal(text);
      else expect(() => fileText(path)).to.throw(text);
    });
  }

  it('a file without an end does not fill the memory', () => {
    expect(() => fileText('/dev/zero')).to.throw(/over 64 KiB|holds no text/);
  });

  it('each secret may be named by a variable', () => {
    const { receivers } = load({
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_AUTH_TOKEN_FILE: file('token', `${TOKEN}\n`),
      TWILIO_AUTH_TOKEN_SECONDARY_FILE: file('secondary', 'f'.repeat(32)),
      TWILIO_API_KEY_FILE: file('key', KEY),
      TWILIO_API_SECRET_FILE: file('api-secret', 'hush-hush'),
    });
    expect(receivers.twilio).to.include({ auth_token: TOKEN, auth_token_secondary: 'f'.repeat(32) });
    expect(receivers.twilio_api.accounts[0]).to.include({ auth_token: TOKEN, api_key: KEY, api_secret: 'hush-hush' });
  });

  it('and any value of a file of the configuration may, also where a service manager says the folder', () => {
    file('token', TOKEN);
    const yaml = `receivers: {twilio: {accounts: [{account_sid: ${ACCOUNT}, auth_tokens: ["\${file:\${env:CREDENTIALS_DIRECTORY}/token}"]}]}}`;
    expect(load({ CREDENTIALS_DIRECTORY: folder }, [yaml]).receivers.twilio.accounts[0]?.auth_tokens).to.deep.equal([
      TOKEN,
    ]);
  });

  it('an empty variable is an unset one', () => {
    expect(load({ TWILIO_AUTH_TOKEN_FILE: '', TWILIO_AUTH_TOKEN: TOKEN }).receivers.twilio.auth_token).to.equal(TOKEN);
    expect(
      load({ TWILIO_AUTH_TOKEN_FILE: file('token', TOKEN), TWILIO_AUTH_TOKEN: '' }).receivers.twilio.auth_token,
    ).to.equal(TOKEN);
  });

  const from = (what: string) => `${AUTH_TOKEN} (from TWILIO_AUTH_TOKEN_FILE): ${what}`;
  it('a missing, unreadable or empty one is one problem of its key, and no start without a token', () => {
    const told = (path: string) => problems({ TWILIO_AUTH_TOKEN_FILE: path, PUBLIC_URL: 'https://example.com' });
    expect(told(join(folder, 'nowhere'))).to.deep.equal([
      from('names a file that cannot be read: there is no such file'),
    ]);
    expect(told(folder)).to.deep.equal([from('names a file that cannot be read: it is a folder')]);
    expect(told(file('empty', '\n'))).to.deep.equal([from('names a file that cannot be used: it is empty')]);
  });

  it('one of a list is told once: that the list lacks it is no problem of its own', () => {
    const yaml = `receivers: {twilio: {accounts: [{account_sid: ${ACCOUNT}, auth_tokens: ["\${file:/nowhere}"]}]}}`;
    expect(problems({}, [yaml])).to.deep.equal([
      'receivers.twilio.accounts.0.auth_tokens.0: names a file that cannot be read: there is no such file',
    ]);
  });

  it('a secret given in both ways is a problem: which is the old one?', () => {
    const path = file('token', TOKEN);
    expect(problems({ TWILIO_AUTH_TOKEN: TOKEN, TWILIO_AUTH_TOKEN_FILE: path })).to.deep.equal([
      `${AUTH_TOKEN} (from TWILIO_AUTH_TOKEN, TWILIO_AUTH_TOKEN_FILE): is given by TWILIO_AUTH_TOKEN and by a file: leave one of them out`,
    ]);
  });

  it('neither what is in a file is told, nor what was written in the place of its name', () => {
    const path = file('hush', 'hush hush');
    const yaml = `
receivers: {twilio: {path: "\${file:${path}}", endpoint: "\${file:${path}}", account_sid: "\${file:${path}}", storage: "\${file:${path}}"}}
service: {telemetry: {logs: {level: "\${file:${path}}"}}}
exporters: {otlp: {headers: "\${file:${path}}"}}`;
    const told = [
      ...problems({}, [yaml]),
      ...problems({ TWILIO_AUTH_TOKEN_FILE: path }),
      ...problems({ TWILIO_AUTH_TOKEN_FILE: 'hush hush' }),
    ];
    expect(told).to.have.length.greaterThan(7);
    expect(told.filter((line) => line.includes('hush hush'))).to.deep.equal([]);
  });
});
