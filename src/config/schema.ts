/**
 * The configuration: every key with its default, its bounds and its meaning, once, in a file for each subject below
 * `schema/`. `otel-config/agent.yaml` documents each key and equals this schema in an empty environment (a test compares
 * them); the reference in `docs/configuration.md` is written from it by `npm run docs`.
 */
import type { z } from 'zod';
import { exporters } from './schema/exporters.ts';
import { extensions } from './schema/extensions.ts';
import { processors } from './schema/processors.ts';
import { section } from './schema/section.ts';
import { service } from './schema/service.ts';
import { twilio } from './schema/twilio.ts';
import { twilioApi } from './schema/twilio-api.ts';

export { type ForwardConfig, hasFallback } from './schema/forward.ts';
export { OTLP_DEFAULTS, type OtlpConfig } from './schema/otlp.ts';
export { isTls, type ServerTls } from './schema/tls.ts';

export const SCHEMA = section({
  receivers: section({ twilio, twilio_api: twilioApi }),
  processors,
  exporters,
  extensions,
  service,
});

export type Config = z.output<typeof SCHEMA>;
export type TwilioConfig = Config['receivers']['twilio'];
export type TwilioApiConfig = Config['receivers']['twilio_api'];

/** Keys whose values are never printed. */
export const SECRET_KEY =
  /^(?:auth_tokens?|auth_token_secondary|api_key|api_secret|secret|headers|password|bearer_token)$/;
