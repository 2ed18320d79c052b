import { stringify } from 'yaml';
import type { Layer } from './layers/layers.ts';
import { SCHEMA } from './schema.ts';

/**
 * What `--trial` lays over everything else: no token, and nothing that only an agent with a token has. The credentials of
 * the REST side stay.
 */
export const trialLayer = (): Layer => ({
  name: '--trial',
  yaml: stringify({
    receivers: {
      twilio: {
        auth_token: '',
        auth_token_secondary: '',
        accounts: [],
        public_urls: [],
        families: withoutProof(),
        allow_unsigned: 'false',
        require_signature: 'false',
      },
      // There is nothing that could verify by what is found.
      twilio_api: { discover: 'false' },
    },
  }),
});

/** Of each family what only an agent with a token has: its own public URLs, and keys. */
function withoutProof(): Readonly<Record<string, object>> {
  const families = Object.entries(SCHEMA.parse({}).receivers.twilio.families);
  return Object.fromEntries(
    families.map(([name, { public_urls }]) => [name, public_urls ? { public_urls: [] } : { public_keys: [] }]),
  );
}
