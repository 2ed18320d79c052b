import leven, { closestMatch } from 'leven';
import { LineCounter, parseDocument, stringify } from 'yaml';
import type { z } from 'zod';
import { type Environment, expandTree, isMap, merge } from './expand.ts';
import { crossChecks } from './rules.ts';
import { type Config, SCHEMA, SECRET_KEY } from './schema.ts';

/** One file, or one `--set`, in the order in which they are laid over each other. */
export interface Layer {
  readonly name: string;
  readonly yaml: string;
}

export interface Problem {
  /** Path of the key, such as `receivers.twilio.endpoint`, or the name of the file that cannot be read. */
  readonly path: string;
  readonly message: string;
}

export type Loaded = { readonly config: Config; readonly problems: readonly [] } | Failed;
interface Failed {
  readonly config?: undefined;
  readonly problems: readonly Problem[];
}

/** Merges the layers, expands the environment, checks everything. All problems come at once. */
export function loadConfig(layers: readonly Layer[], env: Environment): Loaded {
  const problems: Problem[] = [];
  let raw: unknown = {};
  for (const layer of layers) raw = merge(raw, parseLayer(layer, problems));
  const expanded = expandTree(raw, env, (path, message) => problems.push({ path: path.join('.'), message }));
  const parsed = SCHEMA.safeParse(expanded);
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap((issue) => describe(issue, expanded, raw, env)));
  else problems.push(...crossChecks(parsed.data));
  if (problems.length > 0 || !parsed.success) return { problems };
  return { config: parsed.data, problems: [] };
}

/** `a.b.c=value` as a layer; the value is YAML, as in the Collector. */
export function setLayer(assignment: string): Layer {
  const equals = assignment.indexOf('=');
  const keys = assignment.slice(0, equals).split('.');
  if (equals < 1 || keys.some((key) => key === ''))
    return { name: `--set ${keys[0]}`, yaml: '--set: "key.path=value"' };
  const value = assignment.slice(equals + 1);
  let tree: unknown = parseDocument(value).errors.length > 0 ? value : parseDocument(value, TEXT_ONLY).toJS();
  for (const key of keys.reverse()) tree = { [key]: tree };
  return { name: '--set', yaml: stringify(tree) };
}

// Every scalar stays the text that was written (a token of digits keeps its zeros); the schema's types convert.
const TEXT_ONLY = { schema: 'failsafe', merge: true } as const;

function parseLayer({ name, yaml }: Layer, problems: Problem[]): unknown {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { ...TEXT_ONLY, lineCounter: lines, prettyErrors: false });
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    problems.push({ path: `${name}:${line}:${col}`, message: error.message });
  }
  if (document.errors.length > 0) return {};
  const tree = document.toJS() as unknown;
  if (tree === null || tree === undefined || tree === '' || isMap(tree)) return tree || {};
  problems.push({ path: name, message: 'must be a map of receivers, processors, exporters, extensions and service' });
  return {};
}

function describe(issue: z.core.$ZodIssue, expanded: unknown, raw: unknown, env: Environment): Problem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key].join('.'),
      message: `is not a key${didYouMean(key, siblings(path))}`,
    }));
  }
  const given = at(expanded, path);
  const variables = [...String(at(raw, path) ?? '').matchAll(/\$\{env:(\w+)/g)].map(([, name]) => name!);
  const set = variables.filter((name) => env[name]);
  const from = set.length > 0 ? ` (from ${set.join(', ')})` : '';
  const message =
    issue.code === 'invalid_type' ? `must be a ${issue.expected === 'object' ? 'map' : issue.expected}` : issue.message;
  const hidden = path.some((key) => SECRET_KEY.test(key));
  const values = /must be one of (.*)$/.exec(issue.message)?.[1]?.split(', ');
  const hint = values ? didYouMean(String(given), values) : '';
  const got = hidden || given === undefined ? '' : `, got ${JSON.stringify(given)?.slice(0, 120)}`;
  return [{ path: path.join('.') + from, message: message + got + hint }];
}

function didYouMean(key: string, known: readonly string[]): string {
  const closest = closestMatch(key, known, { maxDistance: Math.max(2, Math.floor(key.length / 3)) });
  const found = closest ?? known.find((name) => name.replaceAll('_', '') === key.replaceAll(/[-_]/g, '').toLowerCase());
  if (found && leven(key, found) >= 0) return `; did you mean ${found}?`;
  return known.length > 0 && known.length < 12 ? `; known here: ${known.join(', ')}` : '';
}

/** The keys that the defaults have at a path: the schema's own list of what could have been meant. */
function siblings(path: readonly string[]): string[] {
  const defaults = SCHEMA.parse({});
  const here = path[0] === 'exporters' && path.length > 1 ? otlpOrPrometheus(defaults, path) : at(defaults, path);
  return isMap(here) ? Object.keys(here) : [];
}

function otlpOrPrometheus(defaults: Config, path: readonly string[]): unknown {
  const [, id = '', ...rest] = path;
  return at(id === 'prometheus' ? defaults.exporters.prometheus : defaults.exporters.otlp.otlp, rest);
}

function at(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, key) => (Array.isArray(node) ? node[Number(key)] : isMap(node) ? node[key] : undefined),
    tree,
  );
}

/** The effective configuration as YAML, secrets masked. */
export function printConfig(config: Config): string {
  const mask = (node: unknown, secret: boolean): unknown => {
    if (Array.isArray(node)) return node.map((item) => mask(item, secret));
    if (isMap(node)) {
      return Object.fromEntries(
        Object.entries(node).map(([key, value]) => [key, mask(value, secret || SECRET_KEY.test(key))]),
      );
    }
    return secret && node !== '' ? '***' : node;
  };
  return stringify(mask(config, false));
}
