import { expect } from 'chai';
import { FEED_NAMES } from '../../../src/feeds/index.ts';
import { exposureWarnings } from '../../../src/wiring/telling/exposure.ts';
import { load } from '../../config/room.ts';

const TOKEN = { TWILIO_AUTH_TOKEN: '0123456789abcdef0123456789abcdef' };
const BOTH = { ...TOKEN, PUBLIC_URL: 'https://twilio.example.com' };
const LOOPBACK = 'receivers.twilio.endpoint=127.0.0.1:8080';
const OWN = 'exporters.prometheus.endpoint=127.0.0.1:9464';
const families = (...names: string[]) =>
  names.map((name) => `receivers.twilio.families.${name}.public_urls=[https://x.example]`);

const PAGES = '/metrics and / stand on the public port';
const URL = 'PUBLIC_URL is not set';

type Case = readonly [name: string, env: Record<string, string>, sets: readonly string[], warnings: readonly string[]];
const CASES: readonly Case[] = [
  ['a trial, which listens on this machine only', {}, [], []],
  ['a token alone', TOKEN, [], [PAGES, URL]],
  ['a token and a public URL', BOTH, [], [PAGES]],
  ['a proxy on the same machine', BOTH, [LOOPBACK], []],
  ['a loopback address of IPv6', BOTH, ['receivers.twilio.endpoint=[::1]:8080'], []],
  ['a scrape page of its own', BOTH, [OWN], []],
  ['no scrape page at all', { ...BOTH, OTEL_METRICS_EXPORTER: 'none' }, [], ['/ stands on the public port']],
  ['a token alone, behind a proxy on the same machine', TOKEN, [LOOPBACK], [URL]],
  ['a trusted proxy, which says which URL was called', TOKEN, [OWN, 'receivers.twilio.trusted_proxies=[10.0.0.1]'], []],
  ["an application's URL for one family only", TOKEN, [OWN, ...families('message')], [URL]],
  [
    "an application's URL for each family",
    TOKEN,
    [OWN, ...families(...FEED_NAMES.filter((name) => name !== 'sendgrid'))],
    [],
  ],
  ['unsigned callbacks from anywhere', { TWILIO_ALLOW_UNSIGNED: 'true' }, [], [PAGES]],
];

describe('wiring: what to look at before others reach the agent', () => {
  for (const [name, env, sets, warnings] of CASES) {
    it(`${name}: ${warnings.length === 0 ? 'nothing' : warnings.join('; ')}`, () => {
      const told = exposureWarnings(load(env, [], sets));
      expect(told).to.have.length(warnings.length);
      for (const [i, warning] of warnings.entries()) expect(told[i]?.startsWith(warning), told[i]).to.equal(true);
    });
  }
});
