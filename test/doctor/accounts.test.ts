import { expect } from 'chai';
import { account, type Resource } from '../twilio-api/fake.ts';
import { accounts, listedAccount } from '../twilio-api/resources/accounts.ts';
import { calls, messages } from '../twilio-api/resources/messages.ts';
import { messagingService, messagingServices } from '../twilio-api/resources/messaging-services.ts';
import { phoneNumber, phoneNumbers } from '../twilio-api/resources/phone-numbers.ts';
import { beside, KEY, SECRET, SID, TOKEN, World } from './world.ts';

const OTHER = `AC${'fedcba9876543210'.repeat(2)}`;
const OTHER_TOKEN = '4c2d0e3f5a6b71829304a5b6c7d8e9f0';
const one = (name: string, sid: string, token: string) => `{name: ${name}, account_sid: ${sid}, auth_token: ${token}}`;
const two = (token = OTHER_TOKEN) => [
  `receivers.twilio_api.accounts=[${one('eu', SID, TOKEN)}, ${one('us', OTHER, token)}]`,
];
/** What the second account alone has, before what both have. */
const ofOther =
  (resource: Resource): Resource =>
  (asked) =>
    asked.account === OTHER ? resource(asked) : undefined;

interface Case {
  readonly name: string;
  readonly at?: (world: World) => void;
  readonly sets?: readonly string[];
  readonly env?: Record<string, string>;
  readonly finds: readonly string[];
}

const RECONCILIATION = ['receivers.twilio_api.reconciliation.enabled=true'];
const DISCOVER = ['receivers.twilio_api.discover=true'];
const BY_KEY = { TWILIO_API_KEY: KEY, TWILIO_API_SECRET: SECRET };
const lists = (w: World) =>
  w.twilio.resources.push(
    messages(() => []),
    calls(() => []),
  );
const subaccounts = (w: World) => w.twilio.resources.unshift(accounts(() => [listedAccount(SID, TOKEN)]));
const forbid = (w: World, path: RegExp) => void (w.twilio.accounts.get(SID)!.forbidden = path);

const CASES: readonly Case[] = [
  { name: 'two that are sound', sets: two(), finds: [] },
  {
    name: 'the second has a number without a status callback',
    at: (w) => w.twilio.resources.unshift(ofOther(phoneNumbers([phoneNumber(1)]))),
    sets: two(),
    finds: ['phone numbers: warning: us: 1 of 1 have no status callback'],
  },
  {
    name: "the second's token is none of it: the first is looked at all the same",
    at: (w) => w.twilio.resources.unshift(ofOther(phoneNumbers([phoneNumber(1)]))),
    sets: two('ffffffffffffffffffffffffffffffff'),
    finds: ["credentials: problem: us: the auth token gets no answer from Twilio's API: credentials (401, 20003)"],
  },
  {
    name: 'Event Streams of the first tells of its messages, and of none of the second',
    at: (w) => {
      w.reset((at) => w.streams(at));
      second(w);
      const none = ofOther(messagingServices([messagingService(1)]));
      const noSinks: Resource = ({ path }) => (path === '/v1/Sinks' ? { sinks: [], meta: {} } : undefined);
      w.twilio.resources.unshift(none, ofOther(noSinks));
    },
    sets: two(),
    finds: ['Messaging Services: warning: us: 1 of 1 have no status callback'],
  },
  { name: 'lists that are compared and may be read', at: lists, sets: RECONCILIATION, finds: [] },
  {
    name: 'a key that may not read the lists that are compared',
    at: (w) => {
      lists(w);
      forbid(w, /Messages|Calls/);
    },
    sets: RECONCILIATION,
    env: BY_KEY,
    finds: ['credentials: warning: the API key is taken, but may not read: messages, calls'],
  },
  { name: 'subaccounts that are discovered', at: subaccounts, sets: DISCOVER, env: BY_KEY, finds: [] },
  {
    name: 'a key that may not list subaccounts, without a token beside it',
    at: (w) => {
      subaccounts(w);
      forbid(w, /Accounts\.json/);
    },
    sets: [
      ...DISCOVER,
      `receivers.twilio_api.accounts=[{account_sid: ${SID}, api_key: ${KEY}, api_secret: ${SECRET}}]`,
    ],
    finds: [
      'credentials: problem: the API key lists no subaccounts, so their callbacks are refused: forbidden (403, 70051)',
    ],
  },
];

/** The second account, as sound as the first. */
function second(world: World): void {
  world.twilio.accounts.set(OTHER, account({ credentials: { [OTHER]: OTHER_TOKEN } }));
}

describe('doctor: several accounts, and what the REST side does besides', function () {
  this.timeout(20_000);
  let world: World;
  before(async () => {
    world = await World.start();
  });
  after(() => world.stop());

  for (const { name, at, sets, env, finds } of CASES) {
    it(`${name}: ${finds.length === 0 ? 'finds nothing' : 'finds that and nothing else'}`, async () => {
      world.reset();
      second(world);
      at?.(world);
      const report = await world.doctor(env, sets);
      const found = beside(report);
      expect(found, found.join('\n')).to.have.length(finds.length);
      for (const [i, start] of finds.entries()) expect(found[i]!.startsWith(start), found[i]).to.equal(true);
      for (const { level, fix } of report.findings) if (level !== 'ok') expect(fix).to.match(/\w/);
      expect(report.stdout).not.to.match(/[A-Z]{2}[0-9a-f]{32}/);
      for (const secret of [TOKEN, OTHER_TOKEN, SECRET]) expect(report.stdout).not.to.include(secret);
    });
  }
});
