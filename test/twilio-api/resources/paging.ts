import type { Resource } from '../fake.ts';

export type Item = Record<string, unknown>;

const sliceOf = (items: readonly Item[], query: URLSearchParams) => {
  const size = Math.min(Number(query.get('PageSize') ?? 50), 1_000);
  const page = Number(query.get('Page') ?? 0);
  return { size, page, more: (page + 1) * size < items.length, items: items.slice(page * size, (page + 1) * size) };
};

const next = (path: string, size: number, page: number) => `${path}?PageSize=${size}&Page=${page + 1}&PageToken=PT`;

/** A list of the 2010 API, below the account. */
export const accountList =
  (name: string, key: string, items: readonly Item[]): Resource =>
  ({ path, query, account }) => {
    if (path !== `/2010-04-01/Accounts/${account}/${name}.json`) return undefined;
    const { size, page, more, items: shown } = sliceOf(items, query);
    return { [key]: shown, page, page_size: size, uri: path, next_page_uri: more ? next(path, size, page) : null };
  };

/** A list of a product with a host and a version of its own. */
export const productList =
  (wanted: string | RegExp, key: string, items: (path: string) => readonly Item[]): Resource =>
  ({ path, query }) => {
    if (typeof wanted === 'string' ? path !== `/v1/${wanted}` : !wanted.test(path)) return undefined;
    const { size, page, more, items: shown } = sliceOf(items(path), query);
    return { [key]: shown, meta: { key, page, page_size: size, next_page_url: more ? next(path, size, page) : null } };
  };

/** A SID that nothing else has. */
export const sid = (prefix: string, n: number): string => prefix + n.toString(16).padStart(32, 'f');
