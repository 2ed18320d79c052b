import { isMap } from '../config/layers/expand.ts';
import { hasTwilioKeys, isSigned, sendgridKeys } from '../config/listen.ts';
import { at } from '../config/problems.ts';
import { type Config, isTls, type TwilioConfig } from '../config/schema.ts';
import { allCredentials } from '../twilio-api/receiver.ts';

/** What becomes of a configuration that was read again while the agent runs. */
export interface Reload {
  /** What runs from now on. */
  readonly config: Config;
  /** The keys that changed and are taken over. */
  readonly taken: readonly string[];
  /** The keys that changed and wait for a restart. */
  readonly restart: readonly string[];
}

const TOKENS = ['account_sid', 'auth_token', 'auth_token_secondary', 'accounts', 'shared_keys'].map(
  (key) => `receivers.twilio.${key}`,
);
const SENDGRID_KEYS = 'receivers.twilio.families.sendgrid.public_keys';
const SCRAPE_SECRETS = ['exporters.prometheus.basic_auth', 'exporters.prometheus.bearer_token'];
const API_ACCOUNTS = 'receivers.twilio_api.accounts';

/** Why what is below a key waits for a restart, where that is not plain. */
const REASONS: Readonly<Record<string, string>> = {
  [API_ACCOUNTS]:
    'which accounts are read, and by which names, is what their series are told apart by as long as the agent runs',
};

/** The reasons, in words, for all that waits for a restart. */
export const whyRestart = (restart: readonly string[]): string[] =>
  Object.entries(REASONS).flatMap(([key, why]) =>
    restart.some((each) => each === key || each.startsWith(`${key}.`)) ? [`${key}: ${why}`] : [],
  );

/** Takes over what can change without a connection, a ledger or a series being another one. */
export function planReload(running: Config, wanted: Config): Reload {
  const live = liveKeys(running, wanted);
  const isLive = (key: string) => live.some((each) => key === each || key.startsWith(`${each}.`));
  const changed = changedKeys(running, wanted);
  const config = structuredClone(running);
  for (const key of live) put(config, key.split('.'), at(wanted, key.split('.')));
  return { config, taken: changed.filter(isLive), restart: changed.filter((key) => !isLive(key)) };
}

function liveKeys(running: Config, wanted: Config): readonly string[] {
  // Whether callbacks are verified decides where the agent listens and which ledger it keeps.
  const same = (holds: (twilio: TwilioConfig) => boolean) =>
    holds(running.receivers.twilio) === holds(wanted.receivers.twilio);
  const sameProof = same(isSigned) && same(hasTwilioKeys);
  const sameSendGrid = same(isSigned) && same((twilio) => sendgridKeys(twilio).length > 0);
  // A door speaks TLS or it does not, for as long as it is open.
  const tls = (
    [
      ['receivers.twilio.tls', running.receivers.twilio.tls, wanted.receivers.twilio.tls],
      ['exporters.prometheus.tls', running.exporters.prometheus.tls, wanted.exporters.prometheus.tls],
    ] as const
  ).flatMap(([path, before, after]) => (isTls(before) && isTls(after) ? [path] : []));
  return [
    ...(sameProof ? TOKENS : []),
    ...(sameSendGrid ? [SENDGRID_KEYS] : []),
    ...(apiAccounts(running) === apiAccounts(wanted) ? [API_ACCOUNTS] : []),
    ...SCRAPE_SECRETS,
    ...tls,
  ];
}

/** The accounts that the REST side reads, and their labels: they are the same for as long as the agent runs. */
const apiAccounts = (config: Config): string =>
  JSON.stringify(
    allCredentials(config)
      .map(({ accountSid, name }) => `${accountSid} ${name ?? ''}`)
      .sort(),
  );

function put(tree: unknown, path: readonly string[], value: unknown): void {
  (at(tree, path.slice(0, -1)) as Record<string, unknown>)[path.at(-1)!] = value;
}

/** The keys whose values differ, as a user writes them. */
function changedKeys(running: Config, wanted: Config): string[] {
  const [before, after] = [new Map(leaves(byId(running))), new Map(leaves(byId(wanted)))];
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
}

/** The exporters that push stand beside the scrape page, as in a file. */
const byId = ({ exporters: { prometheus, otlp }, ...rest }: Config) => ({
  ...rest,
  exporters: { prometheus, ...otlp },
});

/** Each value with the path of its key; a list of plain values is one. */
function* leaves(node: unknown, path = ''): Iterable<[path: string, value: string]> {
  const entries = isMap(node) || (Array.isArray(node) && node.some(isMap)) ? Object.entries(node as object) : undefined;
  if (!entries) yield [path, JSON.stringify(node)];
  for (const [key, value] of entries ?? []) yield* leaves(value, path === '' ? key : `${path}.${key}`);
}
