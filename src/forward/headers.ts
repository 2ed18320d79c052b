/** Flat lists of headers, names and values in turn, as Node reads and writes them: with order, case and duplicates. */
export type RawHeaders = readonly string[];

/** What belongs to one connection and is never passed on. RFC 9110, 7.6.1 */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade'];

/** Says where a message ends and whose it is: no `Connection` of a sender takes these away. */
const KEPT = ['host', 'content-length', 'expect'];

/** What a proxy says of the URL that its client asked for. Only one that is trusted may say something else than `Host`. */
const FORWARDED_URL = ['x-forwarded-host', 'x-forwarded-port', 'x-forwarded-prefix', 'forwarded'];
const FORWARDED_CLIENT = ['x-forwarded-for', 'x-forwarded-proto'];

export interface Sender {
  /** The address of the client. */
  readonly address: string;
  /** The scheme that the client used, as far as is known. */
  readonly proto: string;
  /** What is passed on of the `X-Forwarded-*` that came with the request; where nobody is trusted, what does no harm. */
  readonly believed: 'all' | 'client' | 'nothing';
}

const REPLACED: Readonly<Record<Sender['believed'], readonly string[]>> = {
  all: [],
  client: FORWARDED_URL,
  nothing: [...FORWARDED_URL, ...FORWARDED_CLIENT],
};

const CHUNKED = ['Transfer-Encoding', 'chunked'];

/** The headers of a request as the application gets them. `chunked` says how its body is framed. */
export function requestHeaders(raw: RawHeaders, chunked: boolean, sender: Sender): string[] {
  const dropped = new Set([...HOP_BY_HOP, ...REPLACED[sender.believed]]);
  const passed = endToEnd(raw, dropped, chunked);
  const host = value(passed, 'host');
  if (value(passed, 'x-forwarded-proto') === undefined) passed.push('X-Forwarded-Proto', sender.proto);
  // Without a Host (HTTP/1.0) there is nothing to tell, and never anything else than what Host says.
  if (host !== undefined && value(passed, 'x-forwarded-host') === undefined) passed.push('X-Forwarded-Host', host);
  passed.push('X-Forwarded-For', sender.address);
  return passed;
}

/** The headers of an answer as the client gets them; chunks only where the application sent some and the client knows them. */
export const answerHeaders = (raw: RawHeaders, chunks: boolean): string[] => endToEnd(raw, new Set(HOP_BY_HOP), chunks);

function endToEnd(raw: RawHeaders, dropped: Set<string>, chunked: boolean): string[] {
  const passed: string[] = [];
  for (const name of namedByConnection(raw)) dropped.add(name);
  // It announces fields that only follow chunks, and Node writes it nowhere else.
  if (!chunked) dropped.add('trailer');
  let framed = !chunked;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (!dropped.has(name)) passed.push(raw[i]!, raw[i + 1]!);
    else if (name === 'transfer-encoding' && !framed) {
      // The body is put in chunks anew, and said to be where it was said before.
      passed.push(raw[i]!, raw[i + 1]!);
      framed = true;
    }
  }
  if (!framed) passed.push(...CHUNKED);
  return passed;
}

function namedByConnection(raw: RawHeaders): string[] {
  const names: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]!.toLowerCase() !== 'connection') continue;
    names.push(...raw[i + 1]!.split(',').map((name) => name.trim().toLowerCase()));
  }
  return names.filter((name) => !KEPT.includes(name));
}

function value(raw: RawHeaders, name: string): string | undefined {
  for (let i = 0; i < raw.length; i += 2) if (raw[i]!.toLowerCase() === name) return raw[i + 1];
  return undefined;
}

export const without = (raw: RawHeaders, name: string): string[] =>
  raw.filter((_, i) => raw[i - (i % 2)]!.toLowerCase() !== name);

/** Fields at the end of a chunked message; those that frame or route a message mean nothing there. RFC 9110, 6.5.1 */
export function trailers(raw: RawHeaders): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (!HOP_BY_HOP.includes(name) && !KEPT.includes(name)) pairs.push([raw[i]!, raw[i + 1]!]);
  }
  return pairs;
}
