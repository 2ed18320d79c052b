import { Parameters } from '../src/feeds/reading/parameters.ts';
import { parseParameters } from '../src/receive/parameters.ts';
import { SignedText, signingKey } from '../src/verify/signature.ts';

export type Pairs = readonly (readonly [name: string, value: string])[];

/** Limits that no test means to reach. */
export const WIDE = {
  max_parameters: 1_000,
  max_parameter_name_size: 1_048_576,
  max_parameter_value_size: 1_048_576,
};

/** The parameters of a form that holds these pairs. */
export const parametersOf = (pairs: Pairs): Parameters =>
  parseParameters(Buffer.from(new URLSearchParams(pairs as [string, string][]).toString()), WIDE);

export const pairsOf = (parameters: Parameters): [name: string, value: string][] =>
  Array.from({ length: parameters.count }, (_, i) => [parameters.name(i), parameters.value(i)]);

/** The signature of a POST of these pairs to a URL; without pairs that of a GET. */
export const signature = (token: string, url: string, pairs?: Pairs): string =>
  new SignedText('', pairs && parametersOf(pairs)).sign(signingKey(token), url);

/** The same of one value without a name, which is signed as it is. */
export const signatureOfText = (token: string, url: string, text: string): string => {
  const bytes = Buffer.from(text);
  return new SignedText('', new Parameters(bytes, [0, 0, bytes.length], false)).sign(signingKey(token), url);
};

/** True when that signature holds. */
export const isSigned = (token: string, url: string, pairs: Pairs, signature: string): boolean =>
  new SignedText('', parametersOf(pairs)).isSignedBy(signingKey(token), url, signature);
