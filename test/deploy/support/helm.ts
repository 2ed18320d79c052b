import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Finished, finished, ROOT } from './run.ts';
import { goTool } from './tools.ts';

export const CHART = join(ROOT, 'deploy/helm/twilio-otel-agent');
const CASES = join(CHART, 'ci');

/** The values that the chart is tried with: each file of its ci/ folder, by its name. */
export const cases = (): string[] =>
  readdirSync(CASES)
    .filter((name) => name.endsWith('-values.yaml'))
    .map((name) => name.replace('-values.yaml', ''));

const valuesOf = (name: string): string => join(CASES, `${name}-values.yaml`);

/** Runs helm to its end. What it says of the chart's links to this repository's files is left out. */
export async function helm(...args: string[]): Promise<Finished> {
  const { stderr, ...rest } = await finished(await goTool('helm'), args);
  return { ...rest, stderr: stderr.replaceAll(/^walk\.go.*found symbolic link.*\n/gm, '') };
}

export const lint = (name: string) => helm('lint', '--strict', CHART, '--values', valuesOf(name));

/** `helm template` with one file of values, and `--set` for each of the rest. */
export const template = (name: string | undefined, ...set: string[]) =>
  helm(
    ...['template', 'agent', CHART, '--namespace', 'messaging', '--kube-version', '1.31.0'],
    ...(name === undefined ? [] : ['--values', valuesOf(name)]),
    ...set.flatMap((assignment) => ['--set', assignment]),
  );

export interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: what a resource holds depends on its kind
  readonly [field: string]: any;
}

/** What the chart makes of one file of values. */
export async function rendered(name: string): Promise<{ text: string; resources: Resource[] }> {
  const { code, stdout, stderr } = await template(name);
  if (code !== 0) throw new Error(stderr);
  return { text: stdout, resources: parseAllDocuments(stdout).map((document) => document.toJS()) };
}

export const ofKind = (resources: readonly Resource[], kind: string): Resource[] =>
  resources.filter((resource) => resource.kind === kind);
