import { expect } from 'chai';
import { PROFILE_NAMES } from '../../src/simulator/profiles.ts';
import { firedAlerts } from '../demo/alerts.ts';
import { prometheusWith } from '../demo/answers.ts';
import { alertsOf, tell } from '../demo/story.ts';

describe('e2e: the profiles of the simulator raise their alerts, and no others', () => {
  for (const profile of PROFILE_NAMES) {
    it(`${profile}: ${alertsOf(profile).join(', ') || 'none'}`, async () => {
      const { differences, scraped } = await tell(profile, '2026');
      expect(differences).to.deep.equal([]);
      const fired = await firedAlerts(scraped);
      expect([...fired.keys()].sort()).to.deep.equal(alertsOf(profile));
    }).timeout(300_000);
  }

  it('and a Prometheus that scraped them answers what the manifest says', async () => {
    const { run, scraped } = await tell('outage', '7');
    const prometheus = await prometheusWith(scraped);
    const total = (name: string) =>
      [...run.expected].filter(([series]) => series.startsWith(name)).reduce((sum, [, value]) => sum + value, 0);
    for (const name of ['twilio_message_callback_total', 'twilio_calls_failed_total', 'twilio_messages_failed_total']) {
      const [answer] = await prometheus.query(`sum(${name})`, scraped.startS + scraped.slots * scraped.everyS);
      expect(answer?.value, name).to.equal(total(name)).and.be.greaterThan(50);
    }
    await prometheus.stop();
  }).timeout(120_000);
});
