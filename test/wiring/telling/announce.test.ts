import { expect } from 'chai';
import type { Agent } from '../../../src/agent.ts';
import type { Logger } from '../../../src/log.ts';
import { feedsOn } from '../../../src/wiring/feeds-on.ts';
import { announce } from '../../../src/wiring/telling/announce.ts';
import { load } from '../../config/room.ts';
import { newSigner } from '../../sendgrid.ts';

const TOKEN = { TWILIO_AUTH_TOKEN: '0123456789abcdef0123456789abcdef' };
const KEY = { SENDGRID_PUBLIC_KEY: newSigner().shown };

/** The lines that an agent with these settings begins with, each with its level. */
function lines(env: Readonly<Record<string, string>>, files: readonly string[] = []): string[] {
  const config = load(env, [...files]);
  const told: string[] = [];
  const log = {
    info: (line: string) => told.push(`info ${line}`),
    warn: (line: string) => told.push(`warn ${line}`),
  };
  announce({ feeds: feedsOn(config), port: 1, metricsPort: 2 } as unknown as Agent, config, log as unknown as Logger);
  return told;
}

describe('wiring: what is told at start of SendGrid', () => {
  const OFF = 'receivers: {twilio: {families: {sendgrid: {enabled: false}}}}';
  const CASES: readonly (readonly [name: string, env: Record<string, string>, files: string[], starts: string])[] = [
    ['without a key, how it is turned on', TOKEN, [], 'info sendgrid: off, no public key: set SENDGRID_PUBLIC_KEY to'],
    ['with a key, switched off: by what', { ...TOKEN, ...KEY }, [OFF], 'info sendgrid: off, receivers.twilio.families'],
    ['with a key and no token: what is verified', KEY, [], "warn signatures: verified: SendGrid's events only"],
    ['with a key and no token: what to do next', KEY, [], 'info next: give SendGrid the URL'],
  ];
  for (const [name, env, files, starts] of CASES) {
    it(name, () => {
      const told = lines(env, files);
      expect(
        told.filter((line) => line.startsWith(starts)),
        told.join('\n'),
      ).to.have.length(1);
    });
  }

  it('with a key, not that it is off, and never the key', () => {
    const told = lines({ ...TOKEN, ...KEY }).join('\n');
    expect(told).to.not.match(/sendgrid: off/);
    expect(told).to.not.include(KEY.SENDGRID_PUBLIC_KEY);
  });
});
