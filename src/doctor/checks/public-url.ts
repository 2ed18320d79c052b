import { METRICS } from '../../../instrumentation/metrics.ts';
import { prometheusName } from '../../../instrumentation/names.ts';
import type { Config } from '../../config/schema.ts';
import { parseEndpoint } from '../../config/values.ts';
import { PROBE_SIDS, type ProbedFeed } from '../../receive/probe.ts';
import { loggable } from '../../verify/public-url.ts';
import { feedsOn } from '../../wiring/feeds-on.ts';
import type { Check } from '../check.ts';
import { ok, problem, type Said, warning } from '../finding.ts';
import { ask, causeOf } from '../http.ts';
import { diagnose } from '../probe/diagnose.ts';
import { HARD_QUERY, type ProbeAnswer, type Signer, sendProbe, signerOf } from '../probe/send.ts';

const MOST_URLS = 4;

/** Sends a signed request through the public URL, as Twilio would, and hears from the agent how it arrived. */
export const probe: Check = {
  name: 'public URL',
  cannot: ({ config }) => {
    if (config.receivers.twilio.public_urls.length === 0) return 'PUBLIC_URL is not set';
    if (!signerOf(config)) return 'without a token nothing can be signed';
    return feedOf(config) ? undefined : 'neither messages nor calls are taken';
  },
  async run({ config }) {
    const said: Said[] = [];
    for (const base of config.receivers.twilio.public_urls.slice(0, MOST_URLS)) {
      said.push(...(await look(config, signerOf(config)!, base.replace(/\/+$/, ''))));
    }
    return said;
  },
};

const feedOf = (config: Config): ProbedFeed | undefined => {
  const on = new Set(feedsOn(config).map(({ name }) => name));
  return (Object.keys(PROBE_SIDS) as ProbedFeed[]).find((feed) => on.has(feed));
};

async function look(config: Config, signer: Signer, base: string): Promise<Said[]> {
  const feed = feedOf(config)!;
  const url = `${base}${config.receivers.twilio.path}/${feed}`;
  const name = loggable(base);
  try {
    const answer = await sendProbe(signer, { feed, url, query: HARD_QUERY, hard: true });
    const open = await exposed(config, base);
    if (answer.verified) return [...(open.length > 0 ? open : [ok(intact(name, base, answer))])];
    const refused = answer.status === 401 && answer.text === 'Invalid signature';
    const said = refused ? await diagnose(config, signer, { feed, url }) : [strange(answer)];
    return [...said.map((each) => ({ ...each, says: `${name}: ${each.says}` })), ...open];
  } catch (error) {
    return [unreachable(name, causeOf(error))];
  }
}

function intact(name: string, base: string, { saw }: ProbeAnswer): string {
  const host = new URL(base).host;
  if (saw === undefined) return `${name}: a signed request arrives and is verified, by an agent of an older version`;
  const changed = saw.host.toLowerCase() === host.toLowerCase() ? '' : '; a proxy changes the Host, which does no harm';
  const tls = base.startsWith('https:') && !saw.tls ? '; TLS ends before the agent' : '';
  return `${name}: a signed request arrives whole: path, query and body${tls}${changed}`;
}

const isAgents = (text: string): boolean => /^[a-z_]+: /.test(text);

/** An answer that is no word about a signature. */
function strange({ status, text, location }: ProbeAnswer): Said {
  if (status === 404 && text.startsWith('not_found: ')) {
    return problem(
      'prefix: the agent is reached, but at a path that it does not serve',
      'let the proxy take away exactly the path that PUBLIC_URL has, or take that out of PUBLIC_URL',
    );
  }
  if (status === 403 && text.startsWith('trial_only')) {
    return problem('the running agent is a local trial, without a token', 'start it with TWILIO_AUTH_TOKEN');
  }
  if (isAgents(text)) {
    const [reason] = text.split(':');
    return problem(`the agent answers ${status} ${reason}`, 'look up the reason in docs/troubleshooting.md');
  }
  if (status >= 300 && status < 400) {
    const scheme = location?.startsWith('https:') ? ' to https' : '';
    return problem(
      `it is redirected${scheme} (${status}), and Twilio would lose the form on that way`,
      'give Twilio, and PUBLIC_URL, the URL that is redirected to',
    );
  }
  if (status >= 500)
    return problem(
      `something before the agent answers ${status}`,
      'look whether the agent runs, and at the address to which the proxy passes requests on',
    );
  if (status < 300)
    return problem(
      `something else than the agent answers ${status}, so callbacks are lost in silence`,
      'let the proxy pass this path on to the agent',
    );
  return problem(
    `something before the agent answers ${status}`,
    'let the proxy, firewall or tunnel pass POST requests to this path on to the agent',
  );
}

const TLS_WORDS = /^(?:ERR_TLS|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|EPROTO|ERR_SSL)/;

function unreachable(name: string, cause: string): Said {
  const says = `${name}: a request from this machine does not get through: ${cause}`;
  if (TLS_WORDS.test(cause)) {
    return problem(
      says,
      'let the proxy show a certificate for this name that the public trusts, with its intermediate certificates',
    );
  }
  if (cause === 'ENOTFOUND') return problem(says, 'give that name an address in the DNS, or mend PUBLIC_URL');
  return problem(
    says,
    'look whether proxy and firewall let it through; where this machine alone cannot reach its own public address, run doctor elsewhere',
  );
}

/** The page of metrics, where it stands beside the callbacks and nothing is asked for it. */
async function exposed(config: Config, base: string): Promise<Said[]> {
  const { prometheus } = config.exporters;
  if (parseEndpoint(prometheus.endpoint) || !config.service.pipelines.metrics.exporters.includes('prometheus'))
    return [];
  const { status, text } = await ask(`${base}${prometheus.path}`, { timeoutMs: 5_000 });
  if (status !== 200 || !text.includes(prometheusName(METRICS.buildInfo))) return [];
  return [
    warning(
      `anybody can read the scrape page at ${loggable(base)}${prometheus.path}`,
      `let the proxy pass ${config.receivers.twilio.path}/ on and nothing else, or set exporters.prometheus.endpoint`,
    ),
  ];
}
