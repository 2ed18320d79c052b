import { parseArgs } from 'node:util';
import { type SentRequest, targetOf, Unreadable } from './sent.ts';
import { shellWords } from './shell-words.ts';

const DATA = ['data', 'data-raw', 'data-binary', 'data-ascii', 'data-urlencode', 'json'];
const text = (short?: string) => ({ type: 'string' as const, multiple: true, ...(short ? { short } : {}) });

/** What of curl takes a value; everything else is a switch. https://curl.se/docs/manpage.html */
const OPTIONS = {
  request: text('X'),
  header: text('H'),
  url: text(),
  data: text('d'),
  ...Object.fromEntries(DATA.slice(1).map((name) => [name, text()])),
  form: text('F'),
  'user-agent': text('A'),
  user: text('u'),
  cookie: text('b'),
  'cookie-jar': text('c'),
  referer: text('e'),
  output: text('o'),
  proxy: text('x'),
  'write-out': text('w'),
  'max-time': text('m'),
  'connect-timeout': text(),
  resolve: text(),
  'connect-to': text(),
  cacert: text(),
  cert: text('E'),
  key: text(),
  retry: text(),
} as const;

/** A command line of curl's, as a browser, a log or a proxy's tool gives it. */
export function parseCurl(line: string): SentRequest {
  const args = shellWords(line.replace(/^\s*\$?\s*curl\b/, ''));
  const options = { ...OPTIONS, get: { type: 'boolean' as const, short: 'G' } };
  const { tokens, values, positionals } = parseArgs({
    args,
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  if (values['form'] !== undefined)
    throw new Unreadable('curl sends a form with -F as multipart, which Twilio never does');
  const given = tokens.flatMap((token) =>
    token.kind === 'option' && DATA.includes(token.name) ? [encoded(token.name, token.value ?? '')] : [],
  );
  const data = given.join('&');
  const url = list(values['url'])[0] ?? positionals[0];
  if (url === undefined) throw new Unreadable('the command line of curl names no URL');
  const target = targetOf(/^https?:/i.test(url) ? url : `http://${url}`);
  const headers = new Map<string, string>();
  for (const header of list(values['header'])) {
    const colon = header.indexOf(':');
    const name = header.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name !== '' && !headers.has(name)) headers.set(name, header.slice(colon + 1).trim());
  }
  const named = list(values['request'])[0];
  if (values['get'] === true) {
    const query = [target.query, data].filter(Boolean).join('&');
    return { ...target, method: named ?? 'GET', query, headers, body: Buffer.alloc(0) };
  }
  return { ...target, method: named ?? (given.length > 0 ? 'POST' : 'GET'), headers, body: Buffer.from(data) };
}

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function encoded(option: string, value: string): string {
  const file = option === 'data-urlencode' ? /^[^=]*@/ : /^@/;
  if (option !== 'data-raw' && file.test(value)) {
    throw new Unreadable('the data of curl is in a file: put what that holds into the command line');
  }
  if (option !== 'data-urlencode') return value;
  const equals = value.indexOf('=');
  const name = value.slice(0, Math.max(equals, 0));
  const content = encodeURIComponent(value.slice(equals + 1));
  return name === '' ? content : `${name}=${content}`;
}
