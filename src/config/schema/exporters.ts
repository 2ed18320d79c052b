import { z } from 'zod';
import { check, endpointRule, text } from '../values.ts';
import { type OtlpConfig, otlp } from './otlp.ts';
import { pathRule } from './rules.ts';
import { section } from './section.ts';
import { serverTls } from './tls.ts';
import { secret } from './tokens.ts';

const NAMED_OTLP = /^otlp(?:\/[\w.-]+)?$/;

const prometheus = section({
  endpoint: check(text(), endpointRule).describe(
    "Empty: on the receiver's own port. `host:port`: on a port of its own, and the receiver's port has no metrics.",
  ),
  path: check(text('/metrics'), pathRule).describe('The path of the scrape page.'),
  tls: serverTls('its own port'),
  basic_auth: section({
    username: check(text(), (name) => (name.includes(':') ? 'must not contain ":"' : undefined)).describe(
      'The name that is asked for.',
    ),
    password: secret().describe('The password that is asked for.'),
  }).describe('Name and password for the scrape page and for `/` beside it; off while both are empty.'),
  bearer_token: secret().describe('A token that is asked for instead, as `Authorization: Bearer`.'),
}).describe('The scrape page.');

/** The exporters by their ids; those that push are gathered under `otlp`. */
export const exporters = z
  .preprocess(
    (given) => ({ prometheus: {}, otlp: {}, ...((given ?? {}) as object) }),
    z
      .object({ prometheus, otlp })
      .catchall(z.unknown())
      .transform((exporters, context) => {
        const { prometheus, ...rest } = exporters;
        const pushers: Record<string, OtlpConfig> = {};
        for (const [id, value] of Object.entries(rest)) {
          if (id === 'otlp') {
            pushers[id] = exporters.otlp;
            continue;
          }
          if (!NAMED_OTLP.test(id)) {
            context.addIssue({ code: 'unrecognized_keys', keys: [id], input: exporters });
            continue;
          }
          const parsed = otlp.safeParse(value);
          if (parsed.success) pushers[id] = parsed.data;
          else
            for (const issue of parsed.error.issues) context.addIssue({ ...issue, path: [id, ...issue.path] } as never);
        }
        return { prometheus, otlp: pushers };
      }),
  )
  .prefault({});
