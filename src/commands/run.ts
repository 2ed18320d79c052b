import { onSdkWarning } from '../../instrumentation/diagnostics.ts';
import { Agent } from '../agent.ts';
import { systemClock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createLogger, EventLog, type Logger } from '../log.ts';
import type { Recorder } from '../recording/recorder.ts';
import { announce } from '../wiring/telling/announce.ts';
import { lostToken } from '../wiring/telling/lost-token.ts';
import { reload } from './reload.ts';
import { reloadOnSignal, stopOnSignal } from './signals.ts';

const EXIT_CONFIG = 78;

export interface RunOptions {
  /** Moves a ledger that cannot be used aside, and begins at zero. */
  readonly recreate: boolean;
  /** An agent without a token is meant to have none. */
  readonly trial: boolean;
  /** Where what is verified is recorded, if it is. */
  readonly record?: string | undefined;
  /** Reads the configuration again. */
  readonly load: () => Loaded;
  /** The configuration as it was written. */
  readonly effective: unknown;
}

/** `run`: starts the agent and resolves with the exit code when it has stopped. */
export async function runCommand(
  config: Config,
  { recreate, trial, record, load, effective }: RunOptions,
  process: NodeJS.Process,
): Promise<number> {
  const { logs } = config.service.telemetry;
  const log = createLogger({ ...logs, terminal: process.stdout.isTTY === true });
  const events = new EventLog(log, () => systemClock.monotonicMs());
  onSdkWarning((message) => events.event('warn', 'opentelemetry', `OpenTelemetry: ${message}`));
  let opened: (agent: Agent) => void = () => {};
  const started = new Promise<Agent>((resolve) => (opened = resolve));
  reloadOnSignal({ signals: process, reload: () => void reload({ load, started, log }) });
  let agent: Agent;
  let recorder: Recorder | undefined;
  try {
    const lost = trial ? undefined : lostToken(config);
    if (lost) {
      log.fatal(lost);
      return EXIT_CONFIG;
    }
    if (record !== undefined) recorder = await openRecorder(record, log);
    agent = await Agent.start({ config, log, recreate, effective, ...(recorder ? { keeper: recorder } : {}) });
  } catch (error) {
    return startFailure(error as NodeJS.ErrnoException, log);
  }
  announce(agent, config, log);
  opened(agent);
  return new Promise((resolve) => {
    const stop = () =>
      void agent
        .stop()
        .then(() => recorder?.close())
        .then(
          () => {
            log.info('stopped');
            resolve(0);
            // A push that hangs must not keep the process.
            setTimeout(() => process.exit(0), 50).unref();
          },
          (error: Error) => {
            log.error(`could not stop cleanly: ${error.message}`);
            process.exit(1);
          },
        );
    const monotonicMs = () => systemClock.monotonicMs();
    stopOnSignal({ signals: process, log, monotonicMs, stop, leave: () => process.exit(1) });
  });
}

/** What only who records needs is loaded for them. */
async function openRecorder(file: string, log: Logger): Promise<Recorder> {
  const { Recorder } = await import('../recording/recorder.ts');
  try {
    return await Recorder.open(file, { clock: systemClock, tell: (text) => log.warn(text) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'it is there already, and is not written over' : code;
    throw Object.assign(new Error(`--record: the file cannot be begun: ${why}`), { exitCode: EXIT_CONFIG });
  }
}

function startFailure(error: NodeJS.ErrnoException & { address?: string; port?: number }, log: Logger): number {
  const { code } = error;
  const host = error.address?.includes(':') ? `[${error.address}]` : error.address;
  // Node names no port where the system was to choose it.
  const place = error.port === undefined ? host : `${host}:${error.port}`;
  const setting = 'set PORT or receivers.twilio.endpoint';
  if (code === 'EADDRINUSE') log.fatal(`${place} is already in use: ${setting}`);
  else if (code === 'EACCES' && error.port !== undefined)
    log.fatal(`${place} may not be used by this user: ${setting}`);
  else if (code === 'EADDRNOTAVAIL') log.fatal(`${place} is no address of this machine: ${setting}`);
  else if (code === 'ENOTFOUND') log.fatal('the host of an endpoint is not known: set receivers.twilio.endpoint');
  else if ('exitCode' in error) {
    log.fatal(error.message);
    return error.exitCode as number;
  } else log.fatal({ error: error.stack }, `could not start: ${error.message}`);
  return 1;
}
