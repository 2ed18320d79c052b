/** Kinds of values that several subjects share. */
import { MAX_ADDED_CODES } from '../../../instrumentation/sets/error-codes.ts';
import { check, each, list, publicUrlRule } from '../values.ts';

const ACCOUNT_SID = /^AC[0-9a-f]{32}$/;

export const accountSidRule = (sid: string) =>
  sid === '' || ACCOUNT_SID.test(sid) ? undefined : 'must be an account SID: AC and 32 lower-case hex digits';

/** Codes of Twilio's, by which a label grows. */
export const errorCodesRule = (codes: readonly string[]) =>
  codes.length > MAX_ADDED_CODES
    ? `may hold ${MAX_ADDED_CODES} codes`
    : each((code) => (/^[1-9]\d{2,5}$/.test(code) ? undefined : 'must hold error codes: three to six digits each'))(
        codes,
      );

export const publicUrls = () => check(list(), each(publicUrlRule));

export const pathRule = (path: string) =>
  /^(?:\/[\w.~-]+)+$/.test(path) ? undefined : 'must be a path such as /webhooks, without a slash at its end';
