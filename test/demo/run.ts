/**
 * `npm run demo [-- PROFILE...|all]`: a real agent, the simulator and a real Prometheus, as many minutes as the story takes in
 * quick motion. Prints what Prometheus answers at its end, and which alerts fired; 1 where these are not those of the story.
 */
import { isProfile, PROFILE_NAMES, PROFILES } from '../../src/simulator/profiles.ts';
import { firedAlerts } from './alerts.ts';
import { answersTo, prometheusWith } from './answers.ts';
import { alertsOf, STORIES, tell } from './story.ts';

const asked = process.argv.slice(2);
const names = asked.length === 0 ? ['outage'] : asked[0] === 'all' ? PROFILE_NAMES : asked;
const wrong = names.find((name) => !isProfile(name));
if (wrong !== undefined) {
  console.error(`demo: ${JSON.stringify(wrong)} is none of ${PROFILE_NAMES.join(', ')}, all`);
  process.exit(2);
}
for (const name of names) if (isProfile(name)) await play(name);

async function play(profile: keyof typeof STORIES): Promise<void> {
  const { minutes, from, rate } = STORIES[profile];
  const alerts = alertsOf(profile);
  console.log(`\n${profile}: ${PROFILES[profile].says}`);
  const beganMs = performance.now();
  const { run, differences, scraped } = await tell(profile, '2026');
  const tookS = ((performance.now() - beganMs) / 1_000).toFixed(1);
  console.log(
    `  ${minutes} minutes at ${rate}/s from minute ${from} on, ${run.deliveries.length} requests, played in ${tookS} s`,
  );
  console.log(`  /metrics: ${run.expected.size} series, ${differences.length} not as they should be`);
  const prometheus = await prometheusWith(scraped);
  const answers = await answersTo(prometheus, scraped.startS + minutes * 60);
  await prometheus.stop();
  for (const [question, answer] of answers) console.log(`  ${question.padEnd(44)}${answer}`);
  const fired = await firedAlerts(scraped);
  for (const [alert, seconds] of [...fired].sort(([, a], [, b]) => a - b)) {
    const after = Math.round((seconds - from * 60) / 60);
    console.log(`  ALERT ${alert}, ${after} minutes after it began${alerts.includes(alert) ? '' : ': NOT EXPECTED'}`);
  }
  if (fired.size === 0) console.log('  no alert');
  for (const alert of alerts) if (!fired.has(alert)) console.log(`  MISSING: ${alert}`);
  const asExpected = fired.size === alerts.length && alerts.every((alert) => fired.has(alert));
  if (!asExpected || differences.length > 0) process.exitCode = 1;
}
