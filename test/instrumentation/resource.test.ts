import { expect } from 'chai';
import { createResource } from '../../instrumentation/resource.ts';
import { load } from '../config/room.ts';

describe('the resource', () => {
  const attributes = (env: Record<string, string>) => {
    const { service_name, attributes } = load(env).service.telemetry.resource;
    return createResource({ serviceName: service_name, attributes, version: '1.2.3', instanceId: 'id' }).attributes;
  };
  const cases: readonly (readonly [string, Record<string, string>, string])[] = [
    ['the default', {}, 'twilio-otel-agent'],
    ['OTEL_SERVICE_NAME', { OTEL_SERVICE_NAME: 'mine' }, 'mine'],
    ['OTEL_RESOURCE_ATTRIBUTES', { OTEL_RESOURCE_ATTRIBUTES: 'service.name=theirs,region=eu' }, 'theirs'],
    ['both: the first', { OTEL_SERVICE_NAME: 'mine', OTEL_RESOURCE_ATTRIBUTES: 'service.name=theirs' }, 'mine'],
  ];
  for (const [name, env, expected] of cases) {
    it(`is named by ${name}`, () => {
      expect(attributes(env)['service.name']).to.equal(expected);
    });
  }

  it('has the version, the instance and what the user adds', () => {
    expect(attributes({ OTEL_RESOURCE_ATTRIBUTES: 'region=eu%20west' })).to.include({
      'service.version': '1.2.3',
      'service.instance.id': 'id',
      region: 'eu west',
    });
  });
});
