import type { Twilio } from 'twilio';
import { ApiFailure } from './failure.ts';
import { currencyCode, decimal } from './figures.ts';

export type Balance = readonly [value: number, labels: { currency: string }];

/** Fetches the account's balance: a number in a currency, or a failure. */
export async function fetchBalance(client: Twilio): Promise<Balance> {
  const { balance, currency } = await client.balance.fetch();
  const value = decimal(balance);
  const code = currencyCode(currency);
  if (value === undefined) throw new ApiFailure('unusable', { code: 'balance' });
  if (code === undefined) throw new ApiFailure('unusable', { code: 'currency' });
  return [value, { currency: code }];
}
