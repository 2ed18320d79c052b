import { existsSync, readFileSync } from 'node:fs';
import { parseDotEnv } from '../config/layers/dot-env.ts';
import { type Sources, shippedLayer } from '../config/layers/files.ts';

/** What was laid over what, and which variables were set: their names, never their values. */
export function describeLayers({ files, assignments, env, dotEnv }: Sources): string {
  const inFile = dotEnv !== undefined && existsSync(dotEnv);
  const variables = { ...(inFile ? parseDotEnv(dotEnv, readFileSync(dotEnv, 'utf8')).variables : {}), ...env };
  const texts = [shippedLayer().yaml, ...files.map((file) => readFileSync(file, 'utf8'))];
  const read = texts.flatMap((text) => [...text.matchAll(/\$\{env:(\w+)/g)].map(([, name]) => name!));
  const set = [...new Set(read)].filter((name) => variables[name]).sort();
  const layers = ['agent.yaml', ...files, ...(assignments.length > 0 ? [`${assignments.length} --set`] : [])];
  const from = inFile ? ' (some may come from .env)' : '';
  return `${layers.join(', ')}; variables: ${set.length > 0 ? set.join(', ') + from : 'none'}`;
}
