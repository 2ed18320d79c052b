/** A request as a file holds it. */
export interface SentRequest {
  readonly method: string;
  /** Where a command line of curl's named one: scheme and authority. Raw HTTP has a `Host` alone. */
  readonly origin: string | undefined;
  readonly path: string;
  /** Without its question mark; `undefined` where there is none. */
  readonly query: string | undefined;
  /** By lower-case name, the first of each. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** What is odd about the file itself. */
  readonly note?: string;
}

/** The file does not hold a request that can be read. Says why, without a word of what it holds. */
export class Unreadable extends Error {}

/** Takes a target or a URL apart. */
export function targetOf(target: string): Pick<SentRequest, 'origin' | 'path' | 'query'> {
  const [, origin, rest = ''] = /^(https?:\/\/[^/?#]*)?([^#]*)/is.exec(target)!;
  const mark = rest.indexOf('?');
  const path = mark === -1 ? rest : rest.slice(0, mark);
  return { origin, path: path === '' ? '/' : path, query: mark === -1 ? undefined : rest.slice(mark + 1) };
}
