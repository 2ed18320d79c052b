/** What must hold between keys. Each rule names the key that the user would change. */

import type { Problem } from './layers.ts';
import { isLoopback } from './listen.ts';
import { otlpProblems } from './otlp.ts';
import type { Config } from './schema.ts';
import { parseEndpoint } from './values.ts';

/** A problem between keys, with the other keys that were read to find it: it says nothing while one is broken itself. */
export interface RuleProblem extends Problem {
  readonly reads: readonly string[];
}

export function crossChecks(config: Config): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const problem = (path: string, message: string, ...reads: string[]) => problems.push({ path, message, reads });
  const { twilio } = config.receivers;
  const { pipelines, extensions } = config.service;

  const known = {
    receivers: Object.keys(config.receivers),
    processors: Object.keys(config.processors),
    exporters: ['prometheus', ...Object.keys(config.exporters.otlp)],
  };
  for (const kind of ['receivers', 'processors', 'exporters'] as const) {
    for (const id of pipelines.metrics[kind]) {
      if (!known[kind].includes(id)) {
        const defined = known[kind].join(', ') || 'none';
        problem(
          `service.pipelines.metrics.${kind}`,
          `names ${JSON.stringify(id)}, but the ${kind} are: ${defined}`,
          `${kind}.${id}`,
        );
      }
    }
  }
  for (const id of extensions) {
    if (!Object.hasOwn(config.extensions, id)) {
      const defined = Object.keys(config.extensions).join(', ');
      problem(
        'service.extensions',
        `names ${JSON.stringify(id)}, but the extensions are: ${defined}`,
        `extensions.${id}`,
      );
    }
  }
  if (twilio.storage === 'file_storage' && !extensions.includes('file_storage')) {
    problem(
      'service.extensions',
      'must name file_storage, which receivers.twilio.storage uses',
      'receivers.twilio.storage',
    );
  }

  if (twilio.auth_token_secondary !== '' && twilio.auth_token === '') {
    problem(
      'receivers.twilio.auth_token_secondary',
      'needs receivers.twilio.auth_token (TWILIO_AUTH_TOKEN) beside it',
      'receivers.twilio.auth_token',
    );
  }
  for (const [i, account] of config.receivers.twilio_api.accounts.entries()) {
    const path = `receivers.twilio_api.accounts.${i}`;
    if ((account.api_key === '') !== (account.api_secret === '')) {
      const [present, absent] = account.api_key === '' ? ['api_secret', 'api_key'] : ['api_key', 'api_secret'];
      problem(`${path}.${absent}`, `is needed beside ${present} (TWILIO_API_KEY and TWILIO_API_SECRET)`);
    }
    if (account.api_key !== '' && account.account_sid === '') {
      problem(`${path}.account_sid`, 'is needed beside api_key (TWILIO_ACCOUNT_SID)');
    }
  }
  const sids = twilio.accounts.map((account) => account.account_sid);
  if (twilio.account_sid !== '' && twilio.auth_token !== '') sids.push(twilio.account_sid);
  for (const sid of new Set(sids.filter((sid, i) => sids.indexOf(sid) !== i))) {
    problem(
      'receivers.twilio.accounts',
      `names the account ${sid.slice(0, 6)}... twice (receivers.twilio.account_sid is one of them)`,
      'receivers.twilio.account_sid',
      'receivers.twilio.auth_token',
    );
  }
  const signed = twilio.auth_token !== '' || twilio.accounts.length > 0;
  const { host = '' } = parseEndpoint(twilio.endpoint) ?? {};
  if (!signed && !twilio.allow_unsigned && host !== '' && !isLoopback(host)) {
    problem(
      'receivers.twilio.endpoint',
      `${JSON.stringify(twilio.endpoint)} is open to others, but no auth token is set, so anybody could make up callbacks: set TWILIO_AUTH_TOKEN, or TWILIO_ALLOW_UNSIGNED=true to accept that`,
      'receivers.twilio.auth_token',
      'receivers.twilio.accounts',
      'receivers.twilio.allow_unsigned',
    );
  }
  const { prometheus } = config.exporters;
  const taken = ['/', '/health', '/ready', '/live'].includes(prometheus.path);
  const family = Object.keys(twilio.families).some((name) => prometheus.path === `${twilio.path}/${name}`);
  if (taken || (family && prometheus.endpoint === '')) {
    problem('exporters.prometheus.path', `${prometheus.path} serves something else already`, 'receivers.twilio.path');
  }
  return [...problems, ...otlpProblems(config)];
}
