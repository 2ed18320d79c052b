import { stringify } from 'yaml';
import { FEED_NAMES } from '../feeds/index.ts';
import type { Layer } from './layers.ts';

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
        families: Object.fromEntries(FEED_NAMES.map((name) => [name, { public_urls: [] }])),
        allow_unsigned: 'false',
        require_signature: 'false',
      },
    },
  }),
});
