import { chmodSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, temporaryFolder } from '../../e2e/support/process.ts';
import { packed } from './clone.ts';
import { podman, podmanFinished } from './containers.ts';
import { succeeded } from './run.ts';

/** A machine that systemd has booted, with Node and the package in /usr/local as `npm install --global` puts them. */
export class Machine {
  readonly #name: string;

  private constructor(name: string) {
    this.#name = name;
  }

  static async boot(): Promise<Machine> {
    const local = temporaryFolder();
    // As /usr/local is: the agent's user must be able to look into it.
    chmodSync(local, 0o755);
    const { tarball } = await packed();
    await succeeded('npm', ['install', '--global', '--silent', '--prefix', local, tarball]);
    cpSync(process.execPath, join(local, 'bin/node'));
    const options = ['--privileged', '--systemd=always', '--network=host', '--volume', `${local}:/usr/local:ro`];
    const machine = new Machine(await podman('run', '--detach', ...options, 'localhost/machine', '/sbin/init'));
    await eventually(async () => {
      const state = await machine.finished('systemctl is-system-running');
      if (state.stdout.trim() !== 'running') throw new Error(`systemd is ${state.stdout}${state.stderr}`);
    });
    return machine;
  }

  /** Runs a line of the shell there, whatever its exit code. */
  finished(line: string) {
    return podmanFinished('exec', this.#name, 'sh', '-c', line);
  }

  /** Runs a line of the shell there, and resolves with its output; rejects when it failed. */
  run(line: string): Promise<string> {
    return podman('exec', this.#name, 'sh', '-ec', line);
  }

  async remove(): Promise<void> {
    await podman('rm', '--force', '--time', '0', this.#name);
  }
}
