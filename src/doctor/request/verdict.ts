import type { Config } from '../../config/schema.ts';
import { loggable } from '../../verify/public-url.ts';
import { type Finding, ok, problem, type Said, warning } from '../finding.ts';
import type { Judged, Match } from './judge.ts';
import type { SentRequest } from './sent.ts';
import { triedUrls, type UrlChange } from './urls.ts';

/** What was done on the way, and what to change. Parameters are told by name; values, queries and numbers are not. */
export function verdict(config: Config, sent: SentRequest, judged: Judged): Finding[] {
  return [...describe(config, sent, judged)].map((said) => ({ check: 'request', ...said }));
}

function* describe(config: Config, sent: SentRequest, judged: Judged): Iterable<Said> {
  if (sent.note) yield warning(sent.note, 'copy the request whole: a part of it cannot be verified');
  const { match } = judged;
  if (!match) {
    yield nothingHolds(judged, config.receivers.twilio_api.discover);
    return;
  }
  const said = [...changes(config, sent, match), ...ofKey(match, judged), ...ofBody(judged)];
  if (said.length > 0) yield* said;
  else yield ok(`its signature holds, with ${match.key.name}, for the URL that the agent takes it to be`);
}

function nothingHolds({ tried, keys }: Judged, discover: boolean): Said {
  if (keys === 0) return problem('there is no token to verify it with', 'set TWILIO_AUTH_TOKEN');
  return problem(
    `no key of the configuration (of ${keys}) verifies it, in any of ${tried} forms that it may have had before it was altered`,
    `most likely it was signed with the token of another account (each subaccount has its own): add that to receivers.twilio.accounts${discover ? ', for this question alone (--set) where the agent discovers it' : ''}; else compare the request with what Twilio sent, byte for byte`,
  );
}

const URL_WORDS: Readonly<Record<UrlChange, string>> = {
  scheme: 'the scheme differs: TLS ends before the agent',
  host: 'the host differs',
  port: 'the port differs',
  prefix: 'a path prefix was taken away, or put before it',
  slash: 'a slash at the end was added or taken away',
  path: 'the path was rewritten',
};

function* changes(config: Config, sent: SentRequest, { url, query, form }: Match): Iterable<Said> {
  const taken = [...new Set(triedUrls(config, sent).map(loggable))][0];
  for (const change of url.changes) {
    yield problem(
      `${change}: ${URL_WORDS[change]}: Twilio signed ${loggable(url.url)}, the agent tries ${taken ?? 'no URL, for there is no Host'}`,
      `set PUBLIC_URL to what Twilio calls, up to where ${config.receivers.twilio.path}/... begins`,
    );
  }
  if (query.change) yield ofQuery(query.change);
  if (form?.change) yield ofForm(form.change, form.parameter);
}

function ofQuery(change: NonNullable<Match['query']['change']>): Said {
  const fix = 'let the proxy pass the query on as it came, byte for byte';
  if (change === 'query added') return problem('query: something was added to it on the way', fix);
  if (change === 'query order') return problem('query: its parameters were put into another order', fix);
  if (change === 'bodySHA256 dropped') return problem('query: bodySHA256 was dropped on the way', fix);
  return problem('query: it was re-encoded on the way', fix);
}

function ofForm(change: NonNullable<Match['form']>['change'], parameter: string | undefined): Said {
  // A name that is none of Twilio's could be anything.
  const name = parameter !== undefined && /^[A-Z][A-Za-z]{1,40}\d{0,2}$/.test(parameter) ? ` ${parameter}` : '';
  const fix = 'let nothing between Twilio and the agent read and write the body anew';
  if (change === 'value trimmed')
    return problem(`body: blanks at an end of a value were trimmed${name && `:${name}`}`, fix);
  if (change === 'parameter added') return problem(`body: a parameter was added on the way${name && `:${name}`}`, fix);
  if (change === 'parameter dropped')
    return problem(`body: a parameter was dropped on the way${name && `:${name}`}`, fix);
  return problem(`body: it was re-encoded on the way${name && `:${name}`}`, fix);
}

function* ofKey({ key }: Match, { accountSid }: Judged): Iterable<Said> {
  if (!key.verifies) {
    yield problem(
      `it is signed with ${key.name}, with which callbacks are not verified`,
      'add that token, with its account, to receivers.twilio.accounts',
    );
  } else if (key.accountSid !== '' && accountSid !== undefined && accountSid !== key.accountSid) {
    yield problem(
      `it is signed with ${key.name}, but names another account than the one that this token stands with`,
      'let that token stand with the account that the request names, in receivers.twilio.accounts',
    );
  }
}

function* ofBody({ body }: Judged): Iterable<Said> {
  const fix = 'let nothing between Twilio and the agent read and write the body anew';
  if (body === 're-formatted') yield problem('body: its JSON was written anew, so bodySHA256 does not match', fix);
  if (body === 'altered') yield problem('body: it was altered, so bodySHA256 does not match', fix);
}
