import { systemClock } from '../clock.ts';
import { configFrom, type Sources } from '../config/files.ts';
import type { Config } from '../config/schema.ts';
import { examine } from '../doctor/examine.ts';
import { describeLayers } from '../doctor/layers.ts';
import { asJson, asText, type Examined } from '../doctor/report.ts';
import type { Room } from '../doctor/room.ts';
import { AccountApi } from '../doctor/twilio/api.ts';
import { credentialsOf } from '../twilio-api/account.ts';

const EXIT_PROBLEMS = 1;
const EXIT_CONFIG = 78;

export interface DoctorOptions {
  readonly json: boolean;
}

/** `doctor`: says what is wrong, and what to do first. 0 where nothing must change, 1 where there are problems. */
export async function doctorCommand(
  sources: Sources,
  { json }: DoctorOptions,
  say: (text: string) => void,
): Promise<number> {
  const tell = (examined: Examined) => say(json ? asJson(examined) : asText(examined));
  const { config, problems } = configFrom(sources);
  if (!config) {
    const findings = problems.map(({ path, message }) => ({
      level: 'problem' as const,
      check: 'configuration',
      says: path,
      fix: message,
    }));
    tell({ findings, notChecked: [{ check: 'everything else', why: 'the configuration cannot be used' }] });
    return EXIT_CONFIG;
  }
  const examined = await examine(roomOf(config, sources));
  tell(examined);
  return examined.findings.some(({ level }) => level === 'problem') ? EXIT_PROBLEMS : 0;
}

const roomOf = (config: Config, sources: Sources): Room => ({
  config,
  trial: sources.trial === true,
  layers: describeLayers(sources),
  clock: systemClock,
  accounts: accountsOf(config),
  agent: { running: false },
  streams: { message: false, call: false },
});

/** Each account that can be signed in to, known by its position: nothing of it may be told. */
function accountsOf(config: Config): AccountApi[] {
  const { accounts, endpoint, scrapers } = config.receivers.twilio_api;
  return accounts.flatMap((account, i) => {
    const credentials = credentialsOf(account);
    const label = accounts.length > 1 ? `account ${i + 1}: ` : '';
    const options = { endpoint, timeoutMs: scrapers.balance.timeout, wallMs: () => systemClock.wallMs(), label };
    return credentials ? [new AccountApi(credentials, options)] : [];
  });
}
