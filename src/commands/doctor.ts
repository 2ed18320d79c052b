import { readFileSync, statfsSync } from 'node:fs';
import { systemClock } from '../clock.ts';
import { configFrom, type Sources } from '../config/layers/files.ts';
import type { Config } from '../config/schema.ts';
import { examine } from '../doctor/examine.ts';
import { describeLayers } from '../doctor/layers.ts';
import { asJson, asText, type Examined } from '../doctor/report.ts';
import { examineRequest } from '../doctor/request/examine.ts';
import { Unreadable } from '../doctor/request/sent.ts';
import type { Room } from '../doctor/room.ts';
import { AccountApi } from '../doctor/twilio/api.ts';
import { credentialsOf } from '../twilio-api/account.ts';

const EXIT_PROBLEMS = 1;
const EXIT_USAGE = 2;
const EXIT_CONFIG = 78;

export interface DoctorOptions {
  readonly json: boolean;
  /** A file that holds a request, to be told why it is refused. */
  readonly request: string | undefined;
}

/** `doctor`: says what is wrong, and what to do first. 0 where nothing must change, 1 where there are problems. */
export async function doctorCommand(
  sources: Sources,
  { json, request }: DoctorOptions,
  say: (text: string) => void,
  complain: (text: string) => void,
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
  let examined: Examined;
  try {
    examined = request === undefined ? await examine(roomOf(config, sources)) : await examineFile(config, request);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    complain(`doctor: ${request}: ${error.message}`);
    return EXIT_USAGE;
  }
  tell(examined);
  return examined.findings.some(({ level }) => level === 'problem') ? EXIT_PROBLEMS : 0;
}

async function examineFile(config: Config, name: string): Promise<Examined> {
  let file: Buffer;
  try {
    file = readFileSync(name);
  } catch (error) {
    throw new Unreadable(`it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return { findings: examineRequest(config, file), notChecked: [] };
}

const roomOf = (config: Config, sources: Sources): Room => ({
  config,
  trial: sources.trial === true,
  layers: describeLayers(sources),
  clock: systemClock,
  freeBytes: (folder) => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
  accounts: accountsOf(config),
  agent: { running: false },
});

/** Each account that can be signed in to. Several are told apart by their names: nothing of Twilio's may be told. */
function accountsOf(config: Config): AccountApi[] {
  const { accounts, endpoint, scrapers } = config.receivers.twilio_api;
  return accounts.flatMap((account) => {
    const credentials = credentialsOf(account);
    const label = accounts.length > 1 && account.name !== '' ? `${account.name}: ` : '';
    const options = { endpoint, timeoutMs: scrapers.balance.timeout, wallMs: () => systemClock.wallMs(), label };
    return credentials ? [new AccountApi(credentials, options)] : [];
  });
}
