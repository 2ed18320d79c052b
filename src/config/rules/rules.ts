/** What must hold between keys. Each rule names the key that the user would change. */

import { budget, METRIC_KEYS, row } from '../../../instrumentation/metrics.ts';
import { proxyFor } from '../../../instrumentation/otlp/proxy.ts';
import { LIFECYCLES } from '../../families/index.ts';
import type { Problem } from '../layers/layers.ts';
import { hasTwilioKeys, isLoopback, isSigned, listenOn, OWN_PATHS } from '../listen.ts';
import { otlpProblems } from '../otlp.ts';
import { TIMESTAMP_WINDOW } from '../schema/families.ts';
import type { Config } from '../schema.ts';
import { duration, parseEndpoint } from '../values.ts';
import { doorCertificates, scrapeSecrets } from './door-rules.ts';
import { forwardFiles, forwardRoutes } from './forward-rules.ts';

/** A problem between keys, with the other keys that were read to find it: it says nothing while one is broken itself. */
export interface RuleProblem extends Problem {
  readonly reads: readonly string[];
}

type Rule = (config: Config) => Iterable<RuleProblem>;

const problem = (path: string, message: string, ...reads: string[]): RuleProblem => ({ path, message, reads });

const RULES: readonly Rule[] = [
  pipelineNames,
  extensionNames,
  secondToken,
  apiCredentials,
  apiAccounts,
  apiProxy,
  settledInWindow,
  accountsOnce,
  scrapeEndpoint,
  scrapePath,
  scrapeSecrets,
  givenUpInWindow,
  signedInWindow,
  roomForNames,
  forwardRoutes,
];

/** Rules for an agent that is to start: who only looks at its ledger needs no token. */
const START_RULES: readonly Rule[] = [lostToken, openToOthers, discovery, doorCertificates, forwardFiles];

export function crossChecks(config: Config, starts: boolean): RuleProblem[] {
  const rules = starts ? [...RULES, ...START_RULES] : RULES;
  return [...rules.flatMap((rule) => [...rule(config)]), ...otlpProblems(config)];
}

function* pipelineNames({ receivers, processors, exporters, service }: Config): Iterable<RuleProblem> {
  const known = {
    receivers: Object.keys(receivers),
    processors: Object.keys(processors),
    exporters: ['prometheus', ...Object.keys(exporters.otlp)],
  };
  for (const kind of ['receivers', 'processors', 'exporters'] as const) {
    const defined = known[kind].join(', ') || 'none';
    for (const id of service.pipelines.metrics[kind].filter((id) => !known[kind].includes(id))) {
      const message = `names ${JSON.stringify(id)}, but the ${kind} are: ${defined}`;
      yield problem(`service.pipelines.metrics.${kind}`, message, `${kind}.${id}`);
    }
  }
}

function* extensionNames({ receivers, extensions, service }: Config): Iterable<RuleProblem> {
  const defined = Object.keys(extensions).join(', ');
  for (const id of service.extensions.filter((id) => !Object.hasOwn(extensions, id))) {
    const message = `names ${JSON.stringify(id)}, but the extensions are: ${defined}`;
    yield problem('service.extensions', message, `extensions.${id}`);
  }
  if (receivers.twilio.storage === 'file_storage' && !service.extensions.includes('file_storage')) {
    const message = 'must name file_storage, which receivers.twilio.storage uses';
    yield problem('service.extensions', message, 'receivers.twilio.storage');
  }
}

function* secondToken({ receivers: { twilio } }: Config): Iterable<RuleProblem> {
  if (twilio.auth_token_secondary === '' || twilio.auth_token !== '') return;
  const message = 'needs receivers.twilio.auth_token (TWILIO_AUTH_TOKEN) beside it';
  yield problem('receivers.twilio.auth_token_secondary', message, 'receivers.twilio.auth_token');
}

function* apiCredentials({ receivers }: Config): Iterable<RuleProblem> {
  for (const [i, account] of receivers.twilio_api.accounts.entries()) {
    const path = `receivers.twilio_api.accounts.${i}`;
    if ((account.api_key === '') !== (account.api_secret === '')) {
      const [present, absent] = account.api_key === '' ? ['api_secret', 'api_key'] : ['api_key', 'api_secret'];
      yield problem(`${path}.${absent}`, `is needed beside ${present} (TWILIO_API_KEY and TWILIO_API_SECRET)`);
    }
    if (account.api_key !== '' && account.account_sid === '') {
      yield problem(`${path}.account_sid`, 'is needed beside api_key (TWILIO_ACCOUNT_SID)');
    }
  }
}

/** Several accounts are told apart by their names, and each is read once. */
function* apiAccounts({ receivers: { twilio_api: api } }: Config): Iterable<RuleProblem> {
  const path = 'receivers.twilio_api.accounts';
  const accounts = api.accounts.filter(({ account_sid }) => account_sid !== '');
  if (accounts.length < 2) return;
  const twice = (values: readonly string[]) => new Set(values).size < values.length;
  if (accounts.some(({ name }) => name === '')) yield problem(path, 'need a name each where there are several');
  else if (twice(accounts.map(({ name }) => name))) yield problem(path, 'name two accounts alike');
  if (twice(accounts.map(({ account_sid }) => account_sid))) yield problem(path, 'hold one account_sid twice');
}

/** Without a key that is configured the agent would be a trial, and one of no account would be tried for every account. */
function* discovery({ receivers: { twilio, twilio_api: api } }: Config): Iterable<RuleProblem> {
  if (!api.discover) return;
  const path = 'receivers.twilio_api.discover';
  const twilioKeys = ['auth_token', 'accounts', 'account_sid'].map((key) => `receivers.twilio.${key}`);
  if (!hasTwilioKeys(twilio)) {
    yield problem(path, 'needs an auth token of the parent to verify with (TWILIO_AUTH_TOKEN)', ...twilioKeys);
  } else if (twilio.auth_token !== '' && twilio.account_sid === '') {
    const message =
      'is needed where receivers.twilio_api.discover is true: else the token serves whatever account sends';
    yield problem('receivers.twilio.account_sid', `${message} (TWILIO_ACCOUNT_SID)`, path, ...twilioKeys);
  }
  const signsIn = api.accounts.some(
    ({ account_sid, auth_token, api_key }) => account_sid !== '' && (auth_token !== '' || api_key !== ''),
  );
  if (!signsIn) {
    yield problem(
      path,
      'needs the credentials of a parent in accounts (TWILIO_ACCOUNT_SID)',
      'receivers.twilio_api.accounts',
    );
  }
}

/** Where no account is named, no request is made. */
function* apiProxy({ receivers: { twilio_api: api }, service }: Config): Iterable<RuleProblem> {
  const off = !service.pipelines.metrics.receivers.includes('twilio_api');
  if (off || api.accounts.every(({ account_sid }) => account_sid === '')) return;
  try {
    proxyFor(api.endpoint);
  } catch (error) {
    yield problem('receivers.twilio_api.endpoint', `cannot be reached: ${(error as Error).message}`);
  }
}

/** What the ledger has forgotten cannot be compared. */
function* settledInWindow({ receivers, extensions }: Config): Iterable<RuleProblem> {
  const { enabled, interval, ...waits } = receivers.twilio_api.reconciliation;
  const { storage } = receivers.twilio;
  const window = `extensions.${storage}.window`;
  for (const key of ['delay', 'again_after'] as const) {
    if (!enabled || waits[key] === 0 || waits[key] + interval < extensions[storage].window) continue;
    const message = `and interval together must be less than ${window}: what is forgotten cannot be compared`;
    yield problem(`receivers.twilio_api.reconciliation.${key}`, message, window);
  }
  if (!enabled || waits.again_after === 0 || waits.again_after > waits.delay) return;
  const sooner = 'must be more than delay, or 0s for no second look';
  yield problem('receivers.twilio_api.reconciliation.again_after', sooner, 'receivers.twilio_api.reconciliation.delay');
}

function* accountsOnce({ receivers: { twilio } }: Config): Iterable<RuleProblem> {
  const sids = twilio.accounts.map((account) => account.account_sid);
  if (twilio.account_sid !== '' && twilio.auth_token !== '') sids.push(twilio.account_sid);
  for (const sid of new Set(sids.filter((sid, i) => sids.indexOf(sid) !== i))) {
    yield problem(
      'receivers.twilio.accounts',
      `names the account ${sid.slice(0, 6)}... twice (receivers.twilio.account_sid counts): name it once`,
      'receivers.twilio.account_sid',
      'receivers.twilio.auth_token',
    );
  }
}

/** What only an agent with a token has, where there is no token: it must not become a trial by losing it. */
function* lostToken({ receivers: { twilio } }: Config): Iterable<RuleProblem> {
  if (hasTwilioKeys(twilio)) return;
  const reads = ['auth_token', 'accounts', 'allow_unsigned', 'require_signature'].map(
    (key) => `receivers.twilio.${key}`,
  );
  const advice = 'set TWILIO_AUTH_TOKEN (an empty one is none), or ask for a local trial with --trial';
  if (twilio.require_signature && !isSigned(twilio)) {
    yield problem('receivers.twilio.require_signature', `is true, but no auth token is set: ${advice}`, ...reads);
    return;
  }
  if (twilio.allow_unsigned) return;
  const message = `is the URL that Twilio calls, but no auth token is set to verify what comes: ${advice}`;
  if (twilio.public_urls.length > 0) yield problem('receivers.twilio.public_urls', message, ...reads);
  for (const [name, family] of Object.entries(twilio.families)) {
    if (family.public_urls?.length) yield problem(`receivers.twilio.families.${name}.public_urls`, message, ...reads);
  }
}

function* openToOthers({ receivers: { twilio } }: Config): Iterable<RuleProblem> {
  const { host = '' } = parseEndpoint(twilio.endpoint) ?? {};
  if (isSigned(twilio) || twilio.allow_unsigned || host === '' || isLoopback(host)) return;
  yield problem(
    'receivers.twilio.endpoint',
    `${JSON.stringify(twilio.endpoint)} is open to others, but no auth token is set, so anybody could make up callbacks: set TWILIO_AUTH_TOKEN, or TWILIO_ALLOW_UNSIGNED=true to accept that`,
    'receivers.twilio.auth_token',
    'receivers.twilio.accounts',
    'receivers.twilio.allow_unsigned',
  );
}

/** What is still open must be remembered: its end could not be told from a beginning. */
function* givenUpInWindow({ receivers: { twilio }, extensions }: Config): Iterable<RuleProblem> {
  const { window } = extensions[twilio.storage];
  const windowKey = `extensions.${twilio.storage}.window`;
  for (const { name, unresolvedAfter } of LIFECYCLES) {
    const { overdue_after = 0, unresolved_after = 0 } = twilio.families[name] ?? {};
    const path = `receivers.twilio.families.${name}`;
    // The default is cut to the window where that is shorter.
    if (unresolved_after > window && unresolved_after !== duration(unresolvedAfter).parse(undefined)) {
      const message = `must not be longer than the ledger remembers: shorten it, or lengthen ${windowKey}`;
      yield problem(`${path}.unresolved_after`, message, windowKey, 'receivers.twilio.storage');
    }
    if (overdue_after > unresolved_after) {
      yield problem(`${path}.overdue_after`, 'must not be longer than unresolved_after', `${path}.unresolved_after`);
    }
  }
}

/** What is not remembered any more must not be taken again. */
function* signedInWindow({ receivers: { twilio }, extensions }: Config): Iterable<RuleProblem> {
  const { window } = extensions[twilio.storage];
  const windowKey = `extensions.${twilio.storage}.window`;
  const { timestamp_window = 0 } = twilio.families['sendgrid'] ?? {};
  // The default is cut to the window where that is shorter.
  if (timestamp_window <= window || timestamp_window === duration(TIMESTAMP_WINDOW).parse(undefined)) return;
  const message = `must not be longer than the ledger remembers: shorten it, or lengthen ${windowKey}`;
  yield problem('receivers.twilio.families.sendgrid.timestamp_window', message, windowKey, 'receivers.twilio.storage');
}

/** Each name has its series from the first event on, so that none is pushed into `other` by what came before it. */
function* roomForNames({ processors: { labels } }: Config): Iterable<RuleProblem> {
  const names = Math.max(...[labels.messaging_service, labels.account].map((map) => Object.keys(map).length));
  const least = LARGEST_SET * (2 + names);
  if (labels.max_series >= least) return;
  const message = `is too small: the metrics' own labels and the names given need ${least}`;
  yield problem(
    'processors.labels.max_series',
    message,
    ...['messaging_service', 'account'].map((key) => `processors.labels.${key}`),
  );
}

/** How many series a metric that takes labels on request has without them; one with error codes shows few of its many. */
const LARGEST_SET = Math.max(
  ...METRIC_KEYS.map(row)
    .filter((metric) => metric.takes && metric.budget === undefined)
    .map((metric) => budget(metric) ?? 0),
);

/** A host that is every address takes its port from all others. */
function* scrapeEndpoint({ receivers: { twilio }, exporters: { prometheus } }: Config): Iterable<RuleProblem> {
  const own = parseEndpoint(prometheus.endpoint);
  if (!own || own.port === 0) return;
  const everywhere = (host: string) => host === '' || host === '0.0.0.0';
  const taken = listenOn(twilio).some(
    ({ host, port }) => port === own.port && (host === own.host || everywhere(host) || everywhere(own.host)),
  );
  if (!taken) return;
  const message = `${JSON.stringify(prometheus.endpoint)} is the receiver's port: choose another, or leave it empty to share that one`;
  yield problem('exporters.prometheus.endpoint', message, 'receivers.twilio.endpoint');
}

function* scrapePath({ receivers: { twilio }, exporters: { prometheus } }: Config): Iterable<RuleProblem> {
  const taken = OWN_PATHS.includes(prometheus.path);
  const family = Object.keys(twilio.families).some((name) => prometheus.path === `${twilio.path}/${name}`);
  if (!taken && (!family || prometheus.endpoint !== '')) return;
  const message = `${prometheus.path} serves something else already: choose another path`;
  yield problem('exporters.prometheus.path', message, 'receivers.twilio.path');
}
