import { readFileSync } from 'node:fs';
import { PACKAGE_ROOT } from '../../version.ts';
import { type Layer, type Loaded, loadConfig, type Problem, setLayer } from '../load.ts';
import { printConfig } from '../print.ts';
import { at } from '../problems.ts';
import { trialLayer } from '../trial.ts';
import { parseDotEnv } from './dot-env.ts';
import { type Environment, expandTree } from './expand.ts';
import { parseLayer } from './layers.ts';

/** The file that ships with the agent: every key, documented. */
export const shippedLayer = (): Layer => ({
  name: 'agent.yaml',
  yaml: readFileSync(new URL('otel-config/agent.yaml', PACKAGE_ROOT), 'utf8'),
});

export interface Sources {
  readonly files: readonly string[];
  /** `key.path=value`, laid over the files. */
  readonly assignments: readonly string[];
  readonly env: Environment;
  /** `--trial`: laid over everything, whatever else says that there should be a token. */
  readonly trial?: boolean;
  /** False for who only looks at the ledger. */
  readonly starts?: boolean;
  /** A file of variables below the environment, where there is one. */
  readonly dotEnv?: string;
}

/** The shipped file, the user's files and the assignments, as one configuration. */
export function configFrom({ files, assignments, env, dotEnv, trial = false, starts = true }: Sources): Loaded {
  const layers: Layer[] = [shippedLayer()];
  const problems: Problem[] = [];
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (file === dotEnv && code === 'ENOENT') return '';
      const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code;
      problems.push({ path: file, message: `cannot be read: ${why}` });
      return '';
    }
  };
  for (const file of files) layers.push({ name: file, yaml: read(file) });
  let variables = env;
  if (dotEnv !== undefined) {
    const file = parseDotEnv(dotEnv, read(dotEnv));
    problems.push(...file.problems);
    variables = { ...file.variables, ...env };
  }
  layers.push(...assignments.map(setLayer), ...(trial ? [trialLayer()] : []));
  const loaded = loadConfig(layers, variables, { starts });
  return problems.length > 0 ? { problems: [...problems, ...loaded.problems] } : loaded;
}

/** What `validate` prints. */
export function effectiveYaml(effective: unknown): string {
  const shipped = expandTree(
    parseLayer(shippedLayer(), () => {}),
    {},
    () => {},
  );
  return printConfig(effective, at(shipped, ['exporters', 'otlp']));
}
