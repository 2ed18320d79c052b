import { expect } from 'chai';
import { isMap } from '../../src/config/layers/expand.ts';
import { shippedLayer } from '../../src/config/layers/files.ts';
import { SCHEMA } from '../../src/config/schema.ts';
import { load, shippedDefaults } from './room.ts';

/** The paths of all keys, with list positions left out. */
function keys(node: unknown, path: string[] = []): string[] {
  if (Array.isArray(node)) return node.flatMap((item) => keys(item, path));
  if (!isMap(node)) return [];
  return Object.entries(node).flatMap(([key, value]) => [[...path, key].join('.'), ...keys(value, [...path, key])]);
}

// What the program reads from the environment: part of the promise to its users.
const VARIABLES = [
  'PORT',
  'PUBLIC_URL',
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'TWILIO_AUTH_TOKEN_FILE',
  'TWILIO_AUTH_TOKEN_SECONDARY',
  'TWILIO_AUTH_TOKEN_SECONDARY_FILE',
  'TWILIO_ALLOW_UNSIGNED',
  'TWILIO_REQUIRE_SIGNATURE',
  'SENDGRID_PUBLIC_KEY',
  'TWILIO_API_KEY',
  'TWILIO_API_KEY_FILE',
  'TWILIO_API_SECRET',
  'TWILIO_API_SECRET_FILE',
  'TWILIO_API_URL',
  'STORAGE_DIR',
  'LOG_LEVEL',
  'OTEL_SERVICE_NAME',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_METRICS_EXPORTER',
  'OTEL_METRIC_EXPORT_INTERVAL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  'OTEL_EXPORTER_OTLP_PROTOCOL',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TIMEOUT',
  'OTEL_EXPORTER_OTLP_COMPRESSION',
];

describe('config: otel-config/agent.yaml', () => {
  it("equals the schema's defaults in an empty environment", () => {
    expect(load()).to.deep.equal(SCHEMA.parse({}));
  });

  it('has every key of the schema, and no other', () => {
    const { exporters, ...rest } = SCHEMA.parse({});
    // The schema gathers the OTLP exporters by their ids; in the file they stand beside the others.
    const schema = { ...rest, exporters: { prometheus: exporters.prometheus, ...exporters.otlp } };
    expect([...new Set(keys(shippedDefaults()))].sort()).to.deep.equal([...new Set(keys(schema))].sort());
  });

  it('reads every variable that the agent promises to read', () => {
    const { yaml } = shippedLayer();
    for (const name of VARIABLES) expect(yaml).to.include(`\${env:${name}:-`);
  });

  it('has a default for each variable, so that none is required', () => {
    const { yaml } = shippedLayer();
    const code = yaml.split('\n').filter((line) => !line.trimStart().startsWith('#'));
    for (const line of code) expect(line).to.not.match(/\$\{env:\w+\}/);
  });
});
