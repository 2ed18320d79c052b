import { type SentRequest, targetOf, Unreadable } from './sent.ts';

/** A request as it goes over the wire: its first line, its headers, an empty line, its body. */
export function parseRawHttp(file: Buffer): SentRequest {
  const text = file.toString('latin1');
  const gap = /\r?\n\r?\n/.exec(text);
  const head = (gap ? text.slice(0, gap.index) : text.trimEnd()).split(/\r?\n/);
  const [, method, target] = /^([A-Z]+) (\S+)(?: HTTP\/\d(?:\.\d)?)?$/.exec(head[0]!.trim()) ?? [];
  if (method === undefined || target === undefined) {
    throw new Unreadable('its first line is neither "POST /path HTTP/1.1" nor a command line of curl');
  }
  const headers = new Map<string, string>();
  for (const line of head.slice(1)) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new Unreadable('a line above the empty one is no header');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  const rest = gap ? file.subarray(gap.index + gap[0].length) : Buffer.alloc(0);
  return { method, ...targetOf(target), headers, ...bodyOf(rest, headers.get('content-length')) };
}

/** An editor ends a file with a new line, which is none of the body's. */
function bodyOf(rest: Buffer, declared: string | undefined): Pick<SentRequest, 'body' | 'note'> {
  const length = declared === undefined ? Number.NaN : Number(declared);
  if (rest.length >= length) return { body: rest.subarray(0, length) };
  const end = /\r?\n$/.exec(rest.toString('latin1'));
  const body = end ? rest.subarray(0, end.index) : rest;
  return Number.isNaN(length) ? { body } : { body, note: 'its body is shorter than its Content-Length says' };
}
