import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Resource } from './helm.ts';
import { finished, succeeded } from './run.ts';
import { pythonTool } from './tools.ts';

const MODULE = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const SUM = 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=';

const VALIDATE = `
import json, sys
from jsonschema import Draft202012Validator
given = json.load(sys.stdin)
for error in Draft202012Validator(given["schema"]).iter_errors(given["resource"]): print(error.json_path, error.message)
`;

/** What the Prometheus operator's own definition of the resource's kind says against it, unknown fields included. */
export async function operatorProblems(resource: Resource): Promise<string> {
  const { Dir, Sum } = JSON.parse(await succeeded('go', ['mod', 'download', '-json', MODULE], { cwd: '/' }));
  if (Sum !== SUM) throw new Error(`${MODULE} is not what it was: ${Sum}`);
  const file = `monitoring.coreos.com_${resource.kind.toLowerCase()}s.yaml`;
  const definition = parse(readFileSync(join(Dir, 'example/prometheus-operator-crd', file), 'utf8'));
  const schema = closed(definition.spec.versions[0].schema.openAPIV3Schema);
  const python = await pythonTool('python');
  const { code, stdout, stderr } = await finished(python, ['-c', VALIDATE], {
    input: JSON.stringify({ schema, resource: { ...resource, metadata: {} } }),
  });
  return code === 0 ? stdout : stderr;
}

/** Kubernetes drops fields that a definition does not name without a word: here they are errors. */
// biome-ignore lint/suspicious/noExplicitAny: a JSON schema
function closed(schema: any): any {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const within = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const open = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'];
  const names = schema.type === 'object' && schema.properties && !open;
  return names ? { ...within, additionalProperties: false } : within;
}
