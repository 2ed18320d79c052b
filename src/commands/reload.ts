import type { Agent } from '../agent.ts';
import type { Loaded } from '../config/load.ts';
import type { Logger } from '../log.ts';
import { whyRestart } from '../wiring/reload.ts';

export interface ReloadParts {
  /** Reads files and references again; the environment of a process stays what it was when it began. */
  readonly load: () => Loaded;
  /** Who asks while it starts is heard once it runs. */
  readonly started: Promise<Pick<Agent, 'reload'>>;
  readonly log: Logger;
}

/** Reads the configuration again and says what came of it. One that is broken changes nothing. */
export async function reload({ load, started, log }: ReloadParts): Promise<void> {
  const agent = await started;
  try {
    const { config, problems } = load();
    if (!config) {
      const many = `${problems.length} problem${problems.length === 1 ? '' : 's'}`;
      log.error(`reload: the configuration has ${many}: all stays as it was`);
      for (const { path, message } of problems) log.error(`reload: ${path}: ${message}`);
      return;
    }
    const { taken, restart } = agent.reload(config);
    log.info(`reload: ${taken.length > 0 ? `taken over: ${taken.join(', ')}` : 'nothing to take over'}`);
    if (restart.length > 0) log.warn(`reload: only a restart takes over: ${restart.join(', ')}`);
    for (const why of whyRestart(restart)) log.warn(`reload: ${why}`);
  } catch (error) {
    log.error(`reload: all stays as it was: ${(error as Error).message}`);
  }
}
