import { z } from 'zod';
import { FEEDS } from '../../feeds/index.ts';
import { apiUrlRule, check, count, duration, flag, text } from '../values.ts';
import { section } from './section.ts';

/** The feeds whose requests are forms: those that an application gets too. */
const FORM_FEEDS = FEEDS.flatMap(({ name, content }) => (content === 'form' ? [name] : []));

const pathRule = (path: string) =>
  path === '' || (/^\/(?:[\w.~!$&'()+,;=:@%-]|\/(?!\*.))*\*?$/.test(path) && /^[^*]+$|\/\*$/.test(path))
    ? undefined
    : 'must be a path such as /twilio/status, or all below one: /twilio/*';

const toRule = (url: string) =>
  url === '' || (apiUrlRule(url) === undefined && /^[\x21-\x7e]*$/.test(url))
    ? undefined
    : 'must be an http or https URL without credentials, "?" and "#", for example http://app:3000';

const familyRule = (name: string) =>
  name === '' || FORM_FEEDS.includes(name) ? undefined : `must be one of ${FORM_FEEDS.join(', ')}`;

const statusRule = (status: number) => (status === 0 || status >= 200 ? undefined : 'must be 0, or 200 to 599');

const route = z.strictObject({
  path: check(text(), pathRule).describe(
    'Required. What Twilio calls, as the agent sees it: an exact path, or `/twilio/*` for all below one. The exact one goes first, then the longest; what the agent serves itself goes before all.',
  ),
  to: check(text(), toRule).describe(
    'Required. Where it goes on: an http or https URL. Without a path (`http://app:3000`) the path stays as it came; with one, that takes the place of `path`, and what `*` stood for is appended.',
  ),
  family: check(text(), familyRule).describe(
    'The family that counts what passes, from the same bytes: `message`, `call` ... Without one it is measured only.',
  ),
  timeout: duration('14s', { min: '100ms', max: '60s' }).describe(
    'How long the application may take to begin its answer, and to go on with it; then the answer is the fallback, else 504. Twilio gives up after 15 s.',
  ),
  reject_unverified: flag(false).describe(
    'Pass on only what is verified, and refuse the rest (401, 403, 413 ...); bodies are then read whole before they go on.',
  ),
  fallback: section({
    status: check(count(0, { min: 0, max: 599 }), statusRule).describe(
      'Its status; 0 is none, or 200 where `body_file` is named.',
    ),
    content_type: text('text/xml').describe('The content type of its body.'),
    body_file: text().describe('The file of its body, such as TwiML; read at start. At most 64 KiB.'),
  }).describe(
    'What is answered when the application cannot be reached, breaks off or is too slow, instead of 502 or 504.',
  ),
  tls: section({
    ca_file: text().describe(
      'File of the certificate authority, in PEM, that signed the certificate of an https application.',
    ),
    insecure_skip_verify: flag(false).describe('Believe any certificate.'),
  }),
});

export type ForwardConfig = z.output<typeof route>;

export const MAX_ROUTES = 100;

export const forward = check(z.array(route).default([]), (routes) =>
  routes.length > MAX_ROUTES ? `may hold ${MAX_ROUTES} routes` : undefined,
).describe('In front of the application: what comes to these paths is passed on, and counted beside it.');

/** True where something is answered in place of the application. */
export const hasFallback = ({ fallback }: Pick<ForwardConfig, 'fallback'>): boolean =>
  fallback.status !== 0 || fallback.body_file !== '';
