import { explainError } from '../../../instrumentation/sets/error-codes.ts';
import { ApiFailure } from '../../twilio-api/failure.ts';
import type { Check } from '../check.ts';
import { ok, problem, type Said, warning } from '../finding.ts';
import type { Room } from '../room.ts';
import { type AccountApi, describeFailure } from '../twilio/api.ts';
import { LISTS } from '../twilio/lists.ts';
import { Places } from '../twilio/places.ts';
import { noApi } from './credentials.ts';

const DAY_MS = 86_400_000;

/** 11200 to 11237: Twilio could not use what a URL answered. 15003: it was a status callback of a call. */
const ofUrls = (code: number): boolean => (code >= 11_200 && code <= 11_237) || code === 15_003;

/** What Twilio itself has complained of about the agent's URLs in the last day. */
export const alerts: Check = {
  name: 'alerts',
  cannot: (room) =>
    noApi(room) ??
    (readers(room).length > 0 ? undefined : 'the credentials may not read it') ??
    (new Places(room.config).known ? undefined : 'without PUBLIC_URL it is not known which URLs are the agent'),
  async run(room) {
    const said: Said[] = [];
    for (const account of readers(room)) {
      try {
        said.push(...(await look(account, room)));
      } catch (error) {
        if (!(error instanceof ApiFailure)) throw error;
        said.push(warning(`${account.label}the alerts get no answer: ${describeFailure(error)}`, error.help));
      }
    }
    return said;
  },
};

const readers = ({ accounts }: Room): AccountApi[] =>
  accounts.filter(({ usable, unreadable }) => usable && !unreadable.has(LISTS.alerts.key));

async function look(account: AccountApi, { config, clock }: Room): Promise<Said[]> {
  const places = new Places(config);
  const sinceMs = clock.wallMs() - DAY_MS;
  const StartDate = new Date(sinceMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const counts = new Map<number, number>();
  for (const alert of await account.list({ ...LISTS.alerts, query: { StartDate } })) {
    const code = Number(alert['error_code']);
    const { at } = places.of(alert['request_url']);
    const old = Date.parse(String(alert['date_created'])) < sinceMs;
    if (ofUrls(code) && at !== 'none' && at !== 'elsewhere' && !old) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  if (counts.size === 0) return [ok(`${account.label}none about the agent's URLs in the last day`)];
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => {
      const { advice, url } = explainError(String(code));
      const times = `${count} time${count === 1 ? '' : 's'}`;
      return problem(
        `${account.label}Twilio raised ${code} about the agent's URLs, ${times} in the last day`,
        `${advice} (${url})`,
      );
    });
}
