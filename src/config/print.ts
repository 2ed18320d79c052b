import { Document, visit } from 'yaml';
import { isMap, merge } from './layers/expand.ts';
import { withoutCredentials } from './problems.ts';
import { SECRET_KEY } from './schema.ts';

/**
 * The effective configuration as YAML, secrets masked. But for these it is a configuration again: values are written as
 * they were given, and every key is there.
 */
export function printConfig(effective: unknown, otlpDefaults: unknown): string {
  const document = new Document(mask(complete(effective, otlpDefaults), false), { schema: 'failsafe' });
  visit(document, {
    Scalar(_, scalar) {
      // Without quotes it would be a key without a value.
      if (/^(?:~|null)?$/i.test(String(scalar.value))) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString();
}

/** Named OTLP exporters with the keys that they leave to their defaults. */
function complete(effective: unknown, otlpDefaults: unknown): unknown {
  if (!isMap(effective) || !isMap(effective['exporters'])) return effective;
  const exporters = Object.entries(effective['exporters']).map(([id, value]) => [
    id,
    id.startsWith('otlp/') ? merge(otlpDefaults, value) : value,
  ]);
  return { ...effective, exporters: Object.fromEntries(exporters) };
}

function mask(node: unknown, secret: boolean): unknown {
  if (Array.isArray(node)) return node.map((item) => mask(item, secret));
  if (isMap(node)) {
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, mask(value, secret || SECRET_KEY.test(key))]),
    );
  }
  if (secret && node !== '') return '***';
  // A key without a value is one that was left empty.
  return typeof node === 'string' ? withoutCredentials(node) : (node ?? '');
}
