import { listenOn } from '../../config/listen.ts';
import type { Config } from '../../config/schema.ts';
import { loggable } from '../../verify/public-url.ts';
import { problem, type Said } from '../finding.ts';
import { candidateQueries } from '../request/queries.ts';
import { differences, partsOf, type UrlChange } from '../request/urls.ts';
import { HARD_QUERY, type Probe, type ProbeAnswer, type Signer, sendProbe } from './send.ts';

/** More would be a flood of refusals in the agent's log and metrics. */
const MOST = 24;

const BYTE_FOR_BYTE = 'let every proxy pass requests on as they come, byte for byte';

/** Why the agent refused a probe: asks again with one thing less, or one thing otherwise, each time. */
export async function diagnose(config: Config, signer: Signer, { feed, url }: Probe): Promise<Said[]> {
  const again = (more: Partial<Probe>) => sendProbe(signer, { feed, url, ...more });
  const plain = await again({});
  if (!plain.verified) return [await otherUrl(config, url, again)];
  const said: Said[] = [];
  if (!(await again({ query: HARD_QUERY })).verified) said.push(await otherQuery(again));
  if (!(await again({ hard: true })).verified) {
    said.push(
      problem(
        'body: it is changed on the way: a blank, an empty value or a letter beyond ASCII does not arrive',
        BYTE_FOR_BYTE,
      ),
    );
  }
  if (said.length === 0) said.push(problem('query and body do not arrive together as they were sent', BYTE_FOR_BYTE));
  return said;
}

type Again = (more: Partial<Probe>) => Promise<ProbeAnswer>;

/** A query that was changed in a way that can be guessed verifies once it is signed as it arrives. */
async function otherQuery(again: Again): Promise<Said> {
  const seen = new Set<string>();
  const guesses = candidateQueries(HARD_QUERY.slice(1), undefined).slice(1);
  for (const signedQuery of ['', ...guesses.map(({ query }) => query)]) {
    if (seen.add(signedQuery).size > MOST) break;
    const { saw, verified } = await again({ query: HARD_QUERY, signedQuery });
    if (!verified) continue;
    const dropped = saw !== undefined && !saw.target.includes('?');
    return problem(`query: it is ${dropped ? 'dropped' : 're-encoded'} on the way`, BYTE_FOR_BYTE);
  }
  return problem('query: it is changed on the way', BYTE_FOR_BYTE);
}

const WORDS: Readonly<Record<UrlChange, string>> = {
  scheme: 'another scheme',
  host: 'another host',
  port: 'another port',
  prefix: 'another path prefix',
  slash: 'another end of the path',
  path: 'another path',
};

/** For which URL the running agent takes what was sent, where that is not the one of this configuration. */
async function otherUrl(config: Config, url: string, again: Again): Promise<Said> {
  const sent = partsOf(url)!;
  for (const signedUrl of elsewhere(config, url).slice(0, MOST)) {
    const { verified, saw } = await again({ signedUrl });
    if (!verified) continue;
    const changes = differences(partsOf(signedUrl)!, sent);
    const words = changes.map((change) => WORDS[change]).join(' and ');
    const host = saw && saw.host.toLowerCase() !== `${sent.host}${sent.port && `:${sent.port}`}`.toLowerCase();
    return problem(
      `${changes.join(', ')}: the running agent takes it for ${loggable(signedUrl)}: ${words} than Twilio signs${host ? ' (a proxy changes the Host)' : ''}`,
      'set PUBLIC_URL for the running agent as it is set here, and restart it',
    );
  }
  return problem(
    'the running agent refuses what is signed with this configuration (401)',
    'it runs with another token, account or PUBLIC_URL than this configuration has, or a proxy drops X-Twilio-Signature: compare them, and restart it',
  );
}

function elsewhere(config: Config, url: string): string[] {
  const { scheme, host, port, path } = partsOf(url)!;
  const at = listenOn(config.receivers.twilio)[0]!.port;
  const own = path.slice(path.lastIndexOf(`${config.receivers.twilio.path}/`));
  const hosts = [
    `${host}${port && `:${port}`}`,
    host,
    `127.0.0.1:${at}`,
    `localhost:${at}`,
    `${host}:${at}`,
    '127.0.0.1',
    'localhost',
  ];
  const schemes = scheme === 'https' ? ['http', 'https'] : ['https', 'http'];
  const urls = [path, own].flatMap((each) => hosts.flatMap((name) => schemes.map((one) => `${one}://${name}${each}`)));
  return [...new Set(urls)].filter((each) => each !== url);
}
