/** Kinds of values that several subjects share. */
import { check, each, list, publicUrlRule, text } from '../values.ts';

const ACCOUNT_SID = /^AC[0-9a-f]{32}$/;

export const accountSidRule = (sid: string) =>
  sid === '' || ACCOUNT_SID.test(sid) ? undefined : 'must be an account SID: AC and 32 lower-case hex digits';

export const tokenRule = (token: string) =>
  /\s/.test(token) ? 'must not contain white space: was it copied with a line end?' : undefined;

export const secret = () => check(text(), tokenRule);

export const publicUrls = () => check(list(), each(publicUrlRule));

export const pathRule = (path: string) =>
  /^(?:\/[\w.~-]+)+$/.test(path) ? undefined : 'must be a path such as /webhooks, without a slash at its end';
