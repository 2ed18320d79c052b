import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import {
  ACCOUNT_SID,
  type AgentProcess,
  AUTH_TOKEN,
  eventually,
  freshSid,
  messageStatus,
  signedPost,
  startAgent,
  temporaryFolder,
} from './support/servers.ts';

const NEXT = 'fedcba9876543210fedcba9876543210';
const WORKERS = 8;

/** Callbacks without a pause, signed with whatever token is the one of the moment; the answers are counted. */
class Load {
  readonly statuses = new Map<number, number>();
  readonly #url: string;
  #token: string;
  #stopped = false;
  readonly #workers: Promise<void>[];

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
    this.#workers = Array.from({ length: WORKERS }, () => this.#work());
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const { status } = await signedPost(this.#url, messageStatus(freshSid('SM'), 'delivered'), {
        token: this.#token,
      });
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    }
  }

  get sent(): number {
    return [...this.statuses.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Signs with another token from now on; resolves once nothing is under way that is signed with the one before. */
  async sign(token: string): Promise<void> {
    this.#token = token;
    await this.more();
  }

  /** Resolves when so many more are answered that what was under way is among them. */
  async more(): Promise<void> {
    const wanted = this.sent + 5 * WORKERS;
    await eventually(() => expect(this.sent).to.be.greaterThan(wanted));
  }

  /** Rejects when a connection broke. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }
}

describe('a reload by SIGHUP', () => {
  const folder = temporaryFolder();
  const [file, secret] = [join(folder, 'agent.yaml'), join(folder, 'token')];
  let agent: AgentProcess;
  let reloads = 0;

  const configure = (twilio: object) => writeFileSync(file, stringify({ receivers: { twilio } }));
  const accounts = (...tokens: string[]) => [{ account_sid: ACCOUNT_SID, auth_tokens: tokens }];
  /** Resolves with the lines that the reload wrote. */
  const reload = async (last: RegExp): Promise<string> => {
    const from = agent.output().length;
    agent.child.kill('SIGHUP');
    reloads++;
    return eventually(() => {
      const lines = agent.output().slice(from);
      expect(lines).to.match(last);
      return lines;
    });
  };
  const sent = async (token: string) =>
    (await signedPost(`${agent.url}/webhooks/message`, messageStatus(freshSid('SM'), 'sent'), { token })).status;

  before(async () => {
    writeFileSync(secret, `${AUTH_TOKEN}\n`);
    configure({ accounts: accounts(AUTH_TOKEN) });
    agent = await startAgent({ args: ['--config', file] });
  });
  after(() => agent?.stop());

  it('rotates a token under load: no callback is lost, and the old token is refused afterwards', async () => {
    expect(await sent(NEXT)).to.equal(401);
    const load = new Load(`${agent.url}/webhooks/message`, AUTH_TOKEN);
    await load.more();
    configure({ accounts: accounts(AUTH_TOKEN, NEXT) });
    await reload(/taken over: receivers\.twilio\.accounts\.0\.auth_tokens"/);
    await load.more();
    await load.sign(NEXT);
    configure({ accounts: accounts(NEXT) });
    await reload(/taken over: receivers\.twilio\.accounts\.0\.auth_tokens"/);
    await load.more();
    for (let i = 0; i < 5; i++) await reload(/nothing to take over/);
    await load.stop();
    console.log(`      ${load.sent} callbacks while ${reloads} reloads went on`);
    expect([...load.statuses.keys()]).to.deep.equal([204]);
    expect(await agent.value('twilio_messages_delivered_total')).to.equal(load.sent);
    expect(await sent(AUTH_TOKEN)).to.equal(401);
    expect(await sent(NEXT)).to.equal(204);
  });

  it('reads a secret from its file again', async () => {
    const reference = `\${file:${secret}}`;
    configure({ accounts: accounts(NEXT, reference) });
    await reload(/taken over/);
    expect(await sent(AUTH_TOKEN)).to.equal(204);
    writeFileSync(secret, 'abcdefabcdefabcdefabcdefabcdefab\n');
    await reload(/taken over/);
    expect(await sent(AUTH_TOKEN)).to.equal(401);
    expect(await sent('abcdefabcdefabcdefabcdefabcdefab')).to.equal(204);
  });

  it('of a broken configuration changes nothing, and says everything that is wrong', async () => {
    configure({ accounts: accounts(AUTH_TOKEN), max_bodysize: '1MiB', path: 'webhooks' });
    const said = await reload(/has 2 problems: all stays as it was[\s\S]*receivers\.twilio\.path/);
    expect(said).to.include('max_bodysize: is not a key; did you mean max_body_size?');
    expect(await sent(NEXT)).to.equal(204);
    expect(await sent(AUTH_TOKEN)).to.equal(401);
  });

  it('names what only a restart takes over, and takes over the rest', async () => {
    configure({ accounts: accounts(AUTH_TOKEN), max_body_size: '32KiB', storage: 'memory' });
    await reload(/only a restart takes over: receivers\.twilio\.storage, receivers\.twilio\.max_body_size/);
    expect(await sent(AUTH_TOKEN)).to.equal(204);
    expect(await sent(NEXT)).to.equal(401);
  });

  it('does not let the last token go', async () => {
    configure({});
    await reload(/only a restart takes over: .*receivers\.twilio\.accounts/);
    expect(await sent(AUTH_TOKEN)).to.equal(204);
    expect((await signedPost(`${agent.url}/webhooks/message`, {}, { token: 'x' })).status).to.equal(401);
  });

  it('tells no token', () => {
    for (const token of [AUTH_TOKEN, NEXT]) expect(agent.output()).to.not.include(token);
  });
});
