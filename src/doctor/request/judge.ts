import { createHash } from 'node:crypto';
import type { Config } from '../../config/schema.ts';
import { parseParameters } from '../../receive/parameters.ts';
import { bodyHash } from '../../verify/body.ts';
import { ACCOUNT_NAMES } from '../../verify/keys.ts';
import { SignedText } from '../../verify/signature.ts';
import { candidateForms, type Pair, parametersOf, type SignedForm } from './forms.ts';
import { candidateQueries, type SignedQuery } from './queries.ts';
import type { SentRequest } from './sent.ts';
import { type NamedKey, namedKeys } from './tokens.ts';
import { candidateUrls, type SignedUrl } from './urls.ts';

/** With what a request's signature holds. */
export interface Match {
  readonly key: NamedKey;
  readonly url: SignedUrl;
  readonly query: SignedQuery;
  readonly form: SignedForm | undefined;
}

export interface Judged {
  readonly match: Match | undefined;
  /** How many ways of altering it were tried. */
  readonly tried: number;
  readonly keys: number;
  /** The account that the request names, which is the sender's word. */
  readonly accountSid: string | undefined;
  /** Of a body in JSON: whether it has the hash that was signed, or what was done to it. */
  readonly body: 'whole' | 'altered' | 're-formatted' | undefined;
}

const NO_LIMITS = { max_parameters: 10_000, max_parameter_name_size: 1e6, max_parameter_value_size: 1e7 };
/** Of so many keys all alterations are tried; of the others only that the request is whole. */
const WELL_TRIED_KEYS = 8;

/** Looks for the key, the URL and the parameters with which the signature holds. Throws a `Rejection` where a form is none. */
export function judge(config: Config, sent: SentRequest, signature: string): Judged {
  const { twilio } = config.receivers;
  const pairs = pairsOf(sent);
  const accountSid =
    ACCOUNT_NAMES.map((name) => pairs?.find((pair) => pair[0] === name)?.[1]).find(Boolean) ??
    accountInQuery(sent.query);
  const keys = namedKeys(config, accountSid);
  const hash = isJson(sent) ? createHash('sha256').update(sent.body).digest('hex') : undefined;
  const sids = [twilio.account_sid, ...twilio.accounts.map((each) => each.account_sid)].filter(Boolean);
  const search = new Search(signature);
  const match = searchAll(search, {
    keys,
    urls: candidateUrls(config, sent),
    queries: candidateQueries(sent.query, hash),
    forms: pairs ? candidateForms(pairs, sids) : [undefined],
  });
  const body = hash !== undefined && match ? bodyState(sent, match, hash) : undefined;
  return { match, tried: search.tried, keys: keys.length, accountSid, body };
}

interface Candidates {
  readonly keys: readonly NamedKey[];
  readonly urls: readonly SignedUrl[];
  readonly queries: readonly SignedQuery[];
  readonly forms: readonly (SignedForm | undefined)[];
}

/** First that the request is whole, then one alteration, then two: all of them together would take minutes. */
function searchAll(search: Search, { keys, urls, queries, forms }: Candidates): Match | undefined {
  const few = keys.slice(0, WELL_TRIED_KEYS);
  const own = urls.filter(({ changes }) => changes.length === 0);
  const [query, form] = [queries.slice(0, 1), forms.slice(0, 1)];
  const [otherQueries, otherForms] = [queries.slice(1), forms.slice(1)];
  return (
    search.find({ urls: own, queries: query, forms: form, keys }) ??
    search.find({ urls, queries: query, forms: form, keys: few }) ??
    search.find({ urls: own, queries: otherQueries, forms: form, keys: few }) ??
    search.find({ urls: own, queries: query, forms: otherForms, keys: few }) ??
    search.find({ urls, queries: otherQueries, forms: form, keys: few }) ??
    search.find({ urls, queries: query, forms: otherForms, keys: few }) ??
    search.find({ urls: own, queries: otherQueries, forms: otherForms, keys: few })
  );
}

/** Tries one combination after the other, and counts them. */
class Search {
  tried = 0;
  readonly #signature: string;

  constructor(signature: string) {
    this.#signature = signature;
  }

  find({ urls, queries, forms, keys }: Candidates): Match | undefined {
    for (const form of forms) {
      const parameters = form && form.pairs.length > 0 ? parametersOf(form.pairs) : undefined;
      for (const query of queries) {
        const signed = new SignedText(query.query, parameters);
        for (const url of urls) {
          this.tried++;
          const key = keys.find((each) => signed.isSignedBy(each.key, url.url, this.#signature));
          if (key) return { key, url, query, form };
        }
      }
    }
    return undefined;
  }
}

const accountInQuery = (query: string | undefined): string | undefined =>
  /(?:^|&)AccountSid=([^&]*)/.exec(query ?? '')?.[1];

export const isJson = ({ headers, query }: SentRequest): boolean =>
  /json/i.test(headers.get('content-type') ?? '') || /(?:^|&)bodySHA256=/.test(query ?? '');

/** The form of a POST, as the agent reads it; a GET and a body in JSON have none. */
function pairsOf(sent: SentRequest): Pair[] | undefined {
  if (sent.method === 'GET' || isJson(sent)) return undefined;
  const parameters = parseParameters(Buffer.from(sent.body), NO_LIMITS);
  return Array.from({ length: parameters.count }, (_, i) => [parameters.name(i), parameters.value(i)] as const);
}

function bodyState({ body }: SentRequest, { query }: Match, hash: string): Judged['body'] {
  const signed = bodyHash(query.query.slice(1));
  if (signed === hash) return 'whole';
  const text = body.toString();
  const others = [
    `${text}\n`,
    `${text}\r\n`,
    text.trim(),
    text.replaceAll('\r\n', '\n'),
    text.replaceAll(/\r?\n/g, '\r\n'),
  ];
  try {
    const value: unknown = JSON.parse(text);
    others.push(JSON.stringify(value), JSON.stringify(value, null, 2), JSON.stringify(value, null, 4));
    others.push(JSON.stringify(value).replaceAll('/', '\\/'));
  } catch {
    // What is no JSON was not only written in another way.
  }
  const same = others.some((other) => createHash('sha256').update(other).digest('hex') === signed);
  return same ? 're-formatted' : 'altered';
}
