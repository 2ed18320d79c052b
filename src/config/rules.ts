/** What must hold between keys. Each rule names the key that the user would change. */
import { isLoopback } from './listen.ts';
import type { Problem } from './load.ts';
import type { Config } from './schema.ts';
import { parseEndpoint } from './values.ts';

export function crossChecks(config: Config): Problem[] {
  const problems: Problem[] = [];
  const problem = (path: string, message: string) => problems.push({ path, message });
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
        problem(`service.pipelines.metrics.${kind}`, `names ${JSON.stringify(id)}, which ${kind} does not define`);
      }
    }
  }
  for (const id of extensions) {
    if (!Object.hasOwn(config.extensions, id)) {
      problem('service.extensions', `names ${JSON.stringify(id)}, which extensions does not define`);
    }
  }
  if (twilio.storage === 'file_storage' && !extensions.includes('file_storage')) {
    problem('service.extensions', 'must name file_storage, which receivers.twilio.storage uses');
  }

  if (twilio.auth_token_secondary !== '' && twilio.auth_token === '') {
    problem('receivers.twilio.auth_token_secondary', 'needs receivers.twilio.auth_token (TWILIO_AUTH_TOKEN) beside it');
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
    problem('receivers.twilio.accounts', `names the account ${sid.slice(0, 6)}... twice`);
  }
  const signed = twilio.auth_token !== '' || twilio.accounts.length > 0;
  const { host = '' } = parseEndpoint(twilio.endpoint) ?? {};
  if (!signed && !twilio.allow_unsigned && host !== '' && !isLoopback(host)) {
    problem(
      'receivers.twilio.endpoint',
      `${JSON.stringify(twilio.endpoint)} is open to others, but no auth token is set, so anybody could make up callbacks: set TWILIO_AUTH_TOKEN, or TWILIO_ALLOW_UNSIGNED=true to accept that`,
    );
  }
  return problems;
}
