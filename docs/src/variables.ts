import { parse } from 'yaml';
import { isMap } from '../../src/config/layers/expand.ts';
import { shippedLayer } from '../../src/config/layers/files.ts';

/** What a value of `otel-config/agent.yaml` reads from the environment. */
export interface Reference {
  /** In the order in which they are asked. */
  readonly names: readonly string[];
  /** What stands when none of them is set. */
  readonly fallback: string;
}

const NAME = /\$\{env:(\w+)/g;
const LAST_FALLBACK = /:-([^{}]*)\}/;

/** The references of the shipped file by the path of their key, lists' items as `[]`. */
export function references(tree: unknown = parse(shippedLayer().yaml), path = ''): Map<string, Reference> {
  const all = new Map<string, Reference>();
  const below = Array.isArray(tree)
    ? tree.map((item) => [`${path}[]`, item] as const)
    : isMap(tree)
      ? Object.entries(tree).map(([key, value]) => [path === '' ? key : `${path}.${key}`, value] as const)
      : [];
  for (const [key, value] of below) for (const [name, each] of references(value, key)) all.set(name, each);
  const names = typeof tree === 'string' ? [...tree.matchAll(NAME)].map(([, name]) => name!) : [];
  if (names.length > 0) all.set(path, { names, fallback: LAST_FALLBACK.exec(String(tree))?.[1] ?? '' });
  return all;
}
