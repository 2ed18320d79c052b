import { expect } from 'chai';
import { planReload } from '../../src/wiring/reload.ts';
import { load } from '../config/room.ts';
import { newSigner } from '../sendgrid.ts';

const [OLD, NEW] = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210'];
const SID = `AC${'a1'.repeat(16)}`;
const T = 'receivers.twilio';
const SENDGRID = `${T}.families.sendgrid.public_keys`;
const [FIRST, SECOND] = [newSigner().shown, newSigner().shown];
const API = 'receivers.twilio_api.accounts.0';
const account = (token: string) => `${T}.accounts=[{account_sid: ${SID}, auth_tokens: [${token}]}]`;
const sharedKey = (secret: string) => `${T}.shared_keys=[{key: webhooks_sharedkey_1, secret: ${secret}}]`;

interface State {
  readonly env?: Record<string, string>;
  readonly sets?: readonly string[];
}
const config = ({ env = { TWILIO_AUTH_TOKEN: OLD }, sets = [] }: State) => load(env, [], sets);

const CASES: readonly (readonly [
  name: string,
  before: State,
  after: State,
  taken: readonly string[],
  restart: readonly string[],
])[] = [
  ['nothing', {}, {}, [], []],
  [
    'a token, which is the REST side’s too',
    {},
    { env: { TWILIO_AUTH_TOKEN: NEW } },
    [`${T}.auth_token`, `${API}.auth_token`],
    [],
  ],
  [
    'a second token that is added while one is rotated',
    {},
    { env: { TWILIO_AUTH_TOKEN: OLD, TWILIO_AUTH_TOKEN_SECONDARY: NEW } },
    [`${T}.auth_token_secondary`],
    [],
  ],
  [
    'an account that is added',
    {},
    { sets: [account(NEW)] },
    [`${T}.accounts`, `${T}.accounts.0.account_sid`, `${T}.accounts.0.auth_tokens`],
    [],
  ],
  ["an account's token", { sets: [account(OLD)] }, { sets: [account(NEW)] }, [`${T}.accounts.0.auth_tokens`], []],
  ['a shared key', { sets: [sharedKey(OLD)] }, { sets: [sharedKey(NEW)] }, [`${T}.shared_keys.0.secret`], []],
  [
    'the account that the REST side reads',
    { env: { TWILIO_AUTH_TOKEN: OLD, TWILIO_ACCOUNT_SID: SID } },
    { env: { TWILIO_AUTH_TOKEN: OLD, TWILIO_ACCOUNT_SID: `AC${'b2'.repeat(16)}` } },
    [`${T}.account_sid`],
    [`${API}.account_sid`],
  ],
  [
    'the first token of a trial: it would listen elsewhere and keep another ledger',
    { env: {} },
    { env: { TWILIO_AUTH_TOKEN: NEW } },
    [`${API}.auth_token`],
    [`${T}.auth_token`],
  ],
  [
    "a key of SendGrid's that is rotated",
    { env: { TWILIO_AUTH_TOKEN: OLD, SENDGRID_PUBLIC_KEY: FIRST } },
    { env: { TWILIO_AUTH_TOKEN: OLD, SENDGRID_PUBLIC_KEY: `${FIRST},${SECOND}` } },
    [SENDGRID],
    [],
  ],
  [
    "the first key of SendGrid's, and the last: its path comes or goes",
    {},
    { env: { TWILIO_AUTH_TOKEN: OLD, SENDGRID_PUBLIC_KEY: FIRST } },
    [],
    [SENDGRID],
  ],
  [
    "the last token beside a key of SendGrid's",
    { env: { TWILIO_AUTH_TOKEN: OLD, SENDGRID_PUBLIC_KEY: FIRST } },
    { env: { SENDGRID_PUBLIC_KEY: SECOND } },
    [SENDGRID, `${API}.auth_token`],
    [`${T}.auth_token`],
  ],
  ['the last token that goes', {}, { env: {} }, [`${API}.auth_token`], [`${T}.auth_token`]],
  [
    'ports, limits, exporters by the names that they have in a file',
    {},
    { sets: [`${T}.endpoint=:9`, `${T}.max_body_size=1MiB`, 'exporters.otlp/x.endpoint=http://a:1'] },
    [],
    [`${T}.endpoint`, `${T}.max_body_size`, 'exporters.otlp/x'],
  ],
];

describe('wiring: what a running agent takes over', () => {
  for (const [name, before, after, taken, restart] of CASES) {
    it(name, () => {
      const [running, wanted] = [config(before), config(after)];
      const plan = planReload(running, wanted);
      expect(plan.taken).to.deep.equal(taken);
      expect([...new Set(plan.restart.map((key) => key.replace(/^(exporters\.otlp\/x)\..*/, '$1')))]).to.deep.equal(
        restart,
      );
      // What waits for a restart is told again by the next reload, and nothing else is.
      const again = planReload(plan.config, wanted);
      expect([again.taken, again.restart]).to.deep.equal([[], plan.restart]);
    });
  }
});
