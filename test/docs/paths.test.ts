import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { FEED_NAMES } from '../../src/feeds/index.ts';

const PAGE = readFileSync(new URL('../../docs/connect-twilio.md', import.meta.url), 'utf8');

describe('docs: the paths', () => {
  for (const name of FEED_NAMES) {
    it(`${name}: connect-twilio.md says what is to call it`, () => {
      expect(PAGE).to.match(new RegExp(`\`${name}\`|/webhooks/${name}\\b`));
    });
  }
});
