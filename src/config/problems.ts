import leven, { closestMatch } from 'leven';
import type { z } from 'zod';
import { type Environment, isMap } from './layers/expand.ts';
import type { Problem } from './layers/layers.ts';
import { SCHEMA, SECRET_KEY } from './schema.ts';

/** A document before and after its `${env:...}` were expanded. */
export interface Expansion {
  readonly raw: unknown;
  readonly expanded: unknown;
  readonly env: Environment;
}

/** The value at a path of keys, and of positions in lists. */
export function at(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => {
    if (Array.isArray(node)) return node[Number(key)];
    return isMap(node) && Object.hasOwn(node, key) ? node[key] : undefined;
  }, tree);
}

/** The key path, and the variables of the environment that its value comes from, or should come from. */
export function withOrigin(path: readonly string[], { raw, env }: Pick<Expansion, 'raw' | 'env'>): string {
  const text = String(at(raw, path) ?? '');
  const names = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name!);
  const set = names(/\$\{env:(\w+)/g).filter((name) => env[name]);
  const unset = names(/\$\{env:(\w+)\}/g).filter((name) => !env[name]);
  const from = set.length > 0 ? ` (from ${set.join(', ')})` : '';
  return path.join('.') + from + (unset.length > 0 ? ` (${unset.join(', ')} not set)` : '');
}

/** One issue of the schema in the user's words, without anything secret. */
export function describe(issue: z.core.$ZodIssue, document: Expansion): Problem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key].join('.'),
      message: `is not a key${didYouMean(key, knownKeys(path)) || oneOf(knownKeys(path))}`,
    }));
  }
  const given = at(document.expanded, path);
  const values = /must be one of (.*)$/.exec(issue.message)?.[1]?.split(', ');
  // What is in a file is never told: secrets lie in files.
  const told = JSON.stringify(at(document.raw, path) ?? '').includes('${file:') ? undefined : given;
  const hint = values ? didYouMean(String(told), values) : '';
  return [{ path: withOrigin(path, document), message: words(issue) + got(path, told) + hint }];
}

const KINDS: Readonly<Record<string, string>> = { object: 'a map', record: 'a map', array: 'a list' };

const words = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_type' ? `must be ${KINDS[issue.expected] ?? `a ${issue.expected}`}` : issue.message;

// An auth token pasted where the account SID belongs must not be printed either, nor a private key for a public one.
const HIDDEN = (key: string) =>
  SECRET_KEY.test(key) || ['account_sid', 'accounts', 'account', 'messaging_service', 'public_keys'].includes(key);

function got(path: readonly string[], given: unknown): string {
  const plain = typeof given === 'string' || (Array.isArray(given) && given.every((item) => typeof item === 'string'));
  if (!plain || path.some(HIDDEN)) return '';
  return `, got ${withoutCredentials(JSON.stringify(given)).slice(0, 120)}`;
}

/** Hides `user:password@` of URLs. */
export const withoutCredentials = (text: string): string => text.replaceAll(/\/\/[^/\s"]*@/g, '//***@');

function didYouMean(key: string, known: readonly string[]): string {
  const flat = key.replaceAll(/[-_]/g, '').toLowerCase();
  const same = known.find((name) => name.replaceAll('_', '') === flat);
  const found = same ?? closestMatch(key, known, { maxDistance: Math.max(2, Math.floor(key.length / 3)) });
  // Two letters that both differ are no misspelling of each other.
  if (found && leven(key, found) < Math.max(key.length, found.length)) return `; did you mean ${found}?`;
  return '';
}

const oneOf = (known: readonly string[]): string =>
  known.length > 0 && known.length < 12 ? `; known here: ${known.join(', ')}` : '';

/** One entry in each list of maps, so that their keys are known too. */
const SAMPLE = {
  receivers: {
    twilio: {
      accounts: [{ account_sid: `AC${'0'.repeat(32)}`, auth_tokens: ['0'.repeat(32)] }],
      forward: [{ path: '/twilio/status', to: 'http://app:3000' }],
    },
  },
};

/** The keys that the schema has at a path: what could have been meant. */
function knownKeys(path: readonly string[]): string[] {
  const known = SCHEMA.parse(SAMPLE);
  const { prometheus, otlp } = known.exporters;
  const all = { ...known, exporters: { prometheus, otlp: otlp['otlp'] } };
  const [room, id = ''] = path;
  const alike = room === 'exporters' && id.startsWith('otlp/') ? [room, 'otlp', ...path.slice(2)] : path;
  const here = at(
    all,
    alike.map((key) => (/^\d+$/.test(key) ? '0' : key)),
  );
  return isMap(here) ? Object.keys(here) : [];
}

/** Problems that are one and the same mistake in one variable, told once. */
export function distinct(problems: readonly Problem[]): Problem[] {
  const told = new Map<string, Problem>();
  for (const problem of problems) {
    const [path = '', from] = problem.path.split(' (from ');
    const key = from === undefined ? `${path}: ${problem.message}` : `${from} ${problem.message}`;
    const known = told.get(key);
    if (!known) told.set(key, problem);
    else if (from !== undefined) {
      told.set(key, { ...known, path: known.path.replace(' (from ', ` and ${path} (from `) });
    }
  }
  return [...told.values()];
}
