import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { ATTR_SERVICE_INSTANCE_ID } from '@opentelemetry/semantic-conventions/incubating';

const DEFAULT_NAME = 'twilio-otel-agent';

export interface ResourceOptions {
  readonly serviceName: string;
  readonly version: string;
  readonly instanceId: string;
  /** The user's own attributes; a `service.name` among them gives way to `serviceName`, if that is set. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Who counts: the same instance across restarts, because the id is kept in the ledger. */
export function createResource({ serviceName, version, instanceId, attributes }: ResourceOptions): Resource {
  return defaultResource().merge(
    resourceFromAttributes({
      [ATTR_SERVICE_INSTANCE_ID]: instanceId,
      [ATTR_SERVICE_VERSION]: version,
      ...attributes,
      [ATTR_SERVICE_NAME]: serviceName || attributes[ATTR_SERVICE_NAME] || DEFAULT_NAME,
    }),
  );
}
