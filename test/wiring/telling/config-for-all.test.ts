import { expect } from 'chai';
import { configFrom } from '../../../src/config/layers/files.ts';
import { configForAll } from '../../../src/wiring/telling/config-for-all.ts';

const HEX = '0123456789abcdef0123456789abcdef';

describe('telling: the configuration, for a page that everybody may see', () => {
  const told = (...assignments: string[]) => {
    const loaded = configFrom({ files: [], assignments, env: { TWILIO_AUTH_TOKEN: HEX } });
    if (!('effective' in loaded)) throw new Error(JSON.stringify(loaded.problems));
    return configForAll(loaded.effective);
  };

  const cases: readonly (readonly [name: string, assignment: string, hidden: string, shown: string])[] = [
    ['the SID of the account', `receivers.twilio.account_sid=AC${HEX}`, `AC${HEX}`, 'account_sid: AC***'],
    [
      'the SIDs of named services, not their names',
      `processors.labels.messaging_service={MG${HEX}: otp}`,
      `MG${HEX}`,
      'MG***: otp',
    ],
    [
      'where the application stands, not its paths',
      'receivers.twilio.forward=[{path: /app, to: http://internal.example:3000, family: message}]',
      'internal.example',
      'path: /app',
    ],
    ['the token', 'receivers.twilio.path=/twilio', HEX, 'path: /twilio'],
  ];
  for (const [name, assignment, hidden, shown] of cases) {
    it(`keeps back ${name}`, () => {
      const text = told(assignment);
      expect(text).to.not.include(hidden);
      expect(text).to.include(shown);
    });
  }
});
