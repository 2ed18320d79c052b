import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type AgentStart,
  AUTH_TOKEN,
  freshSid,
  messageStatus,
  post,
  signedPost,
  startAgent,
  temporaryFolder,
} from './support/servers.ts';

/** The files of a folder, and what is in them. */
const contents = (folder: string) =>
  readdirSync(folder)
    .filter((name) => statSync(join(folder, name)).isFile())
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    );

const SIGNED = { TWILIO_AUTH_TOKEN: AUTH_TOKEN };

/** Starts an agent, lets it count a delivered message, and stops it; resolves with what it has counted in all. */
async function count(how: AgentStart): Promise<number | undefined> {
  const agent = await startAgent(how);
  const url = `${agent.url}/webhooks/message`;
  const params = messageStatus(freshSid('SM'), 'delivered');
  const answer = how.env?.['TWILIO_AUTH_TOKEN'] ? await signedPost(url, params) : await post(url, params);
  expect(answer.status).to.equal(204);
  const counted = await agent.value('twilio_messages_delivered_total');
  expect(await agent.stop()).to.equal(0);
  return counted;
}

const refusal = (how: AgentStart) =>
  startAgent(how).then(
    () => 'it started',
    (error: Error) => error.message,
  );

describe('an agent whose token got lost', () => {
  let storageDir: string;
  const ofTrial = () => join(storageDir, 'trial');
  beforeEach(() => {
    storageDir = temporaryFolder();
  });

  for (const [name, env] of [
    ['is not set', {}],
    ['is empty', { TWILIO_AUTH_TOKEN: '' }],
  ] as const) {
    it(`and ${name} does not start where it has counted, and makes no trial there`, async () => {
      expect(await count({ env: SIGNED, storageDir })).to.equal(1);
      const before = contents(storageDir);
      for (let i = 0; i < 2; i++) {
        expect(await refusal({ env, storageDir })).to.match(/ended with 78.*TWILIO_AUTH_TOKEN.*--trial/s);
      }
      expect(contents(storageDir)).to.deep.equal(before);
      expect(existsSync(ofTrial())).to.equal(false);
      expect(await count({ env: SIGNED, storageDir }), 'with its token again').to.equal(2);
    });
  }

  it('leaves a trial of before as it is, and is one itself only when it is asked to be', async () => {
    expect(await count({ storageDir })).to.equal(1);
    expect(await count({ env: SIGNED, storageDir })).to.equal(1);
    const [signed, trial] = [contents(storageDir), contents(ofTrial())];
    expect(await refusal({ storageDir })).to.match(/ended with 78/);
    expect([contents(storageDir), contents(ofTrial())]).to.deep.equal([signed, trial]);
    expect(await count({ storageDir, args: ['--trial'] })).to.equal(2);
    expect(await count({ storageDir, args: ['--trial'], env: { PUBLIC_URL: 'https://twilio.example.com' } })).to.equal(
      3,
    );
    expect(contents(storageDir)).to.deep.equal(signed);
  });

  for (const [name, env] of [
    ['has a public URL', { PUBLIC_URL: 'https://twilio.example.com' }],
    ['must verify, as in its image', { TWILIO_REQUIRE_SIGNATURE: 'true' }],
  ] as const) {
    it(`and which ${name} does not start anywhere`, async () => {
      expect(await refusal({ env, storageDir })).to.match(/ended with 78.*TWILIO_AUTH_TOKEN/s);
      expect(readdirSync(storageDir)).to.deep.equal([]);
    });
  }
});
