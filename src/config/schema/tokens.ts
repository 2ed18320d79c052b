/** Kinds of secrets, and what is none. */
import { check, text } from '../values.ts';

const whiteSpaceRule = (secret: string) =>
  /\s/.test(secret) ? 'must not contain white space: was it copied with a line end?' : undefined;

/** Shorter than any token of Twilio's, which has 32 characters. */
const SHORTEST_TOKEN = 16;
/** Words that stand where a token is to be put in, such as `your_twilio_auth_token` and `<auth-token-here>`. */
const PLACEHOLDER =
  /^[<[{]?(?:(?:your|my|the|twilio|auth|token|here|change|replace|placeholder|insert|todo|me)[_.-]?)+[>\]}]?$/i;

const ONE_CHARACTER = /^(.)\1*$/s;
/** As Twilio makes them. */
const HEX = /^[0-9a-f]{32}$/i;
const NO_TOKEN = 'is no auth token: it only stands in the place of one';

/** What is plainly no auth token is an error: everybody could sign with it, or nobody. */
export function tokenRule(token: string): string | undefined {
  if (token === '') return undefined;
  const wrong = whiteSpaceRule(token);
  if (wrong) return wrong;
  if (PLACEHOLDER.test(token) || (ONE_CHARACTER.test(token) && !HEX.test(token))) return NO_TOKEN;
  if (token.length < SHORTEST_TOKEN) return `is no auth token: it has fewer than ${SHORTEST_TOKEN} characters`;
  return undefined;
}

export const authToken = () => check(text(), tokenRule);

export const secret = () => check(text(), whiteSpaceRule);
