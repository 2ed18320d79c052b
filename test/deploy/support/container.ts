import { setTimeout as sleep } from 'node:timers/promises';
import { AUTH_TOKEN } from '../../e2e/support/twilio.ts';
import { told } from '../../told.ts';
import { podman, podmanFinished } from './containers.ts';
import { finished, ROOT } from './run.ts';

export interface Start {
  readonly image: string;
  /** The volume of /data. */
  readonly volume: string;
  readonly port: number;
  /** More options of `podman run`. */
  readonly options?: readonly string[];
  /** What the agent itself is given. */
  readonly args?: readonly string[];
}

// As an operator who takes security seriously would run it: nothing to write but the volume, no rights at all.
const RESTRICTED = ['--read-only', '--read-only-tmpfs=false', '--cap-drop=all', '--security-opt=no-new-privileges'];

/** Plays test_webhooks.sh against an agent, signed. */
export const play = (url: string) =>
  finished(`${ROOT}test_webhooks.sh`, [url], { env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN } });

/** One container of the agent, with a token. */
export class Container {
  readonly name: string;
  readonly url: string;

  private constructor(name: string, port: number) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Resolves once the agent accepts callbacks; rejects with its log when it does not. */
  static async start({ image, volume, port, options = [], args = [] }: Start): Promise<Container> {
    const env = ['--env', `TWILIO_AUTH_TOKEN=${AUTH_TOKEN}`, '--env', `PORT=${port}`];
    const rest = ['--network=host', '--volume', `${volume}:/data`, ...RESTRICTED, ...env, ...options, image, ...args];
    const container = new Container(await podman('run', '--detach', ...rest), port);
    for (let tries = 0; tries < 200; tries++) {
      if ((await container.health()).code === 0) return container;
      if ((await container.state('Status')) !== 'running') break;
      await sleep(100);
    }
    throw new Error(`the agent did not become ready:\n${await container.remove()}`);
  }

  /** What the image's own health check says. */
  health() {
    return podmanFinished('exec', this.name, 'node', '/app/health.mjs');
  }

  exec(...command: string[]) {
    return podman('exec', this.name, ...command);
  }

  state(field: string): Promise<string> {
    return podman('inspect', '--format', `{{.State.${field}}}`, this.name);
  }

  async log(): Promise<string> {
    const { stdout, stderr } = await podmanFinished('logs', this.name);
    return told(stdout + stderr);
  }

  /** Plays test_webhooks.sh against it, signed. */
  play() {
    return play(this.url);
  }

  async metrics(): Promise<string> {
    return told(await (await fetch(`${this.url}/metrics`)).text());
  }

  /** Ends it if it still runs, and resolves with its log. */
  async remove(): Promise<string> {
    const log = await this.log();
    await podman('rm', '--force', '--time', '0', this.name);
    return log;
  }
}
