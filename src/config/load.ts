import { type Environment, expandTree, isMap, merge } from './layers/expand.ts';
import { type Layer, type Problem, parseLayer } from './layers/layers.ts';
import { at, describe, distinct, withOrigin } from './problems.ts';
import { crossChecks } from './rules/rules.ts';
import { type Config, SCHEMA } from './schema.ts';

export { type Layer, type Problem, setLayer } from './layers/layers.ts';

export type Loaded =
  | {
      readonly config: Config;
      /** The configuration as it was written, merged and expanded. */
      readonly effective: unknown;
      readonly problems: readonly [];
    }
  | { readonly config?: undefined; readonly problems: readonly Problem[] };

/**
 * Merges the layers, expands the environment, checks everything. All problems come at once. What is only needed to start
 * is not checked for who does not: `starts` is false then.
 */
export function loadConfig(layers: readonly Layer[], env: Environment, { starts = true } = {}): Loaded {
  const problems: Problem[] = [];
  let raw: unknown = {};
  for (const layer of layers)
    raw = merge(
      raw,
      parseLayer(layer, (problem) => problems.push(problem)),
    );
  const broken: string[][] = [];
  const expanded = expandTree(raw, env, (path, message) => {
    broken.push(path);
    problems.push({ path: withOrigin(path, { raw, env }), message });
  });
  const document = { raw, expanded, env };
  const parsed = SCHEMA.safeParse(expanded);
  /** Tells what is not told yet, such as a reference that could not be expanded; true when there was something. */
  const tell = (issues: Issues): boolean => {
    const told = broken.length;
    for (const issue of issues) {
      const path = issue.path.map(String);
      const keys = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
      if (keys.every((key) => isOneOf(key, broken) || hasItemOf(key, broken))) continue;
      problems.push(...describe(issue, document));
      broken.push(...keys);
    }
    return broken.length > told;
  };
  tell(parsed.error?.issues ?? []);
  // What is broken is left at its default, so that the rest is checked now and not at the next attempt. More than once,
  // because the schema looks at some keys only when those before them are good.
  let rest: typeof parsed;
  do rest = SCHEMA.safeParse(without(expanded, broken));
  while (!rest.success && tell(rest.error.issues));
  if (rest.success) {
    const paths = broken.map((path) => path.join('.'));
    const told = crossChecks(rest.data, starts).filter(
      ({ path, reads }) => ![path, ...reads].some((key) => touches(key, paths)),
    );
    for (const { path, message } of told) problems.push({ path: withOrigin(path.split('.'), document), message });
  }
  if (problems.length > 0 || !parsed.success) return { problems: distinct(problems) };
  return { config: parsed.data, effective: expanded, problems: [] };
}

type Issues = readonly Parameters<typeof describe>[0][];

const isOneOf = (path: readonly string[], paths: readonly string[][]): boolean =>
  paths.some((each) => each.join('.') === path.join('.'));

/** True for a list of which one item is one of the paths: that it lacks that item is no problem of its own. */
const hasItemOf = (list: readonly string[], paths: readonly string[][]): boolean =>
  paths.some((path) => /^\d+$/.test(path.at(-1) ?? '') && path.slice(0, -1).join('.') === list.join('.'));

/** True when a key is one of the paths, or above or below one of them. */
const touches = (key: string, paths: readonly string[]): boolean =>
  paths.some((path) => path === key || path.startsWith(`${key}.`) || key.startsWith(`${path}.`));

function without(tree: unknown, paths: readonly string[][]): unknown {
  const copy = structuredClone(tree);
  for (const path of paths) {
    const parent = at(copy, path.slice(0, -1));
    if (isMap(parent) && path.length > 0) delete parent[path.at(-1)!];
    else if (Array.isArray(parent))
      return without(tree, [...paths.filter((other) => other !== path), path.slice(0, -1)]);
  }
  return copy;
}
