import { expandTree } from '../../src/config/layers/expand.ts';
import { shippedLayer } from '../../src/config/layers/files.ts';
import { parseLayer } from '../../src/config/layers/layers.ts';
import { type Layer, loadConfig, setLayer } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';

type Env = Readonly<Record<string, string>>;

/** The user's files, in order, over the shipped one. */
const layers = (files: readonly string[], sets: readonly string[]): Layer[] => [
  shippedLayer(),
  ...files.map((yaml, i) => ({ name: `user${i + 1}.yaml`, yaml })),
  ...sets.map(setLayer),
];

/** The configuration; throws when there is a problem. */
export function load(env: Env = {}, files: readonly string[] = [], sets: readonly string[] = []): Config {
  const loaded = loadConfig(layers(files, sets), env);
  if (loaded.config) return loaded.config;
  throw new Error(JSON.stringify(loaded.problems, null, 2));
}

/** Each problem as the line that the user reads. */
export function problems(env: Env = {}, files: readonly string[] = [], sets: readonly string[] = []): string[] {
  return loadConfig(layers(files, sets), env).problems.map(({ path, message }) => `${path}: ${message}`);
}

/** The shipped file as it is written. */
export const shippedTree = (): unknown => parseLayer(shippedLayer(), () => {});

/** The shipped file in an empty environment. */
export const shippedDefaults = (): unknown => expandTree(shippedTree(), {}, () => {});
