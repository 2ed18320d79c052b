import { expect } from 'chai';
import { PROFILE_NAMES } from '../../src/simulator/profiles.ts';
import { firedAlerts } from '../demo/alerts.ts';
import { STORIES, tell } from '../demo/story.ts';

describe('e2e: the profiles of the simulator raise their alerts, and no others', () => {
  for (const profile of PROFILE_NAMES) {
    it(`${profile}: ${STORIES[profile].alerts.join(', ') || 'none'}`, async () => {
      const { differences, scraped } = await tell(profile, '2026');
      expect(differences).to.deep.equal([]);
      const fired = await firedAlerts(scraped);
      expect([...fired.keys()].sort()).to.deep.equal(STORIES[profile].alerts);
    }).timeout(300_000);
  }
});
