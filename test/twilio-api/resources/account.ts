import type { Resource } from '../fake.ts';

/** The account itself. */
export const accountResource =
  (state: { status: string }): Resource =>
  ({ path, account }) =>
    path === `/2010-04-01/Accounts/${account}.json`
      ? { sid: account, friendly_name: 'Acme', status: state.status, type: 'Full' }
      : undefined;
