import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { told } from '../../told.ts';
import { eventually, temporaryFolder } from './process.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** What a fresh clone does not have; the installed packages and the build are those at hand. */
const LEFT_OUT = ['data', 'prometheus-data', '.git', '.env'];
/** Files that name the agent's own port. */
const NAME_THE_PORT = ['test_webhooks.sh', 'otel-config/prometheus/prometheus.yml'];

/** A scratch copy of the repository in which commands of the documentation are tried. */
export class Clone {
  readonly folder = join(temporaryFolder(), 'clone');
  readonly #bin = join(temporaryFolder(), 'bin');
  readonly #ports: ReadonlyMap<string, number>;
  readonly #env: NodeJS.ProcessEnv;

  /** `ports` stand in the place of those that the pages name, in commands and files. */
  constructor(ports: ReadonlyMap<string, number>) {
    this.#ports = ports;
    const copied = (path: string) => basename(path) !== 'node_modules' && !LEFT_OUT.includes(relative(ROOT, path));
    cpSync(ROOT, this.folder, { recursive: true, filter: copied });
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
    for (const file of NAME_THE_PORT) this.write(file, readFileSync(join(ROOT, file), 'utf8'));
    mkdirSync(this.#bin);
    // The packages are there, and they are not this clone's to remove.
    this.command('npm', `[ "$1" = ci ] || exec "${join(dirname(process.execPath), 'npm')}" "$@"`);
    this.#env = {
      PATH: `${this.#bin}:${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: temporaryFolder(),
      PORT: String(ports.get('8080')),
      // Nobody listens there: Twilio is never asked from a test.
      TWILIO_API_URL: 'http://127.0.0.1:9',
      npm_config_update_notifier: 'false',
    };
  }

  /** A text with the ports of this clone. */
  here(text: string): string {
    return text.replaceAll(/(localhost|127\.0\.0\.1):(\d+)/g, (whole, host, port) =>
      this.#ports.has(port) ? `${host}:${this.#ports.get(port)}` : whole,
    );
  }

  /** Writes a file of the clone. */
  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), this.here(text));
  }

  /** Puts a command before all others of its name. */
  command(name: string, script: string): void {
    writeFileSync(join(this.#bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.#bin, name), 0o755);
  }

  /**
   * Runs commands, one after the other, and resolves with what they wrote. Without `until` all must end well. With it the
   * last is a server, which is stopped as soon as the URL answers; `meanwhile` runs before that.
   */
  async run(commands: string, until?: string, meanwhile: () => Promise<unknown> = async () => {}): Promise<string> {
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', this.here(commands)], {
      cwd: this.folder,
      env: this.#env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    shell.stdout.on('data', (data) => (output += data));
    shell.stderr.on('data', (data) => (output += data));
    const ended = new Promise<number | null>((resolve) => shell.once('close', resolve));
    try {
      if (until === undefined) {
        const code = await ended;
        if (code !== 0) throw new Error(`ended with ${code}`);
      } else {
        await answering(this.here(until), ended);
        await meanwhile();
      }
    } catch (error) {
      throw new Error(`${commands}\n${(error as Error).message}:\n${output}`);
    } finally {
      await stopGroup(shell, ended);
      // Of all others the output is not an agent's.
      if (until !== undefined) told(output);
    }
    return output;
  }
}

/** Resolves once the URL answers well; throws when the commands end before. */
async function answering(url: string, ended: Promise<number | null>): Promise<void> {
  let code: number | null | undefined;
  void ended.then((value) => (code = value));
  await eventually(async () => {
    if (code !== undefined) return;
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  }, 40_000);
  if (code !== undefined) throw new Error(`ended with ${code} instead of serving`);
}

/** Ends a shell and all that it started, by force when asking does not help. */
async function stopGroup(shell: ChildProcess, ended: Promise<number | null>): Promise<void> {
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-shell.pid!, name);
    } catch {
      // All have ended already.
    }
  };
  signal('SIGTERM');
  await Promise.race([ended, sleep(10_000, undefined, { ref: false })]);
  signal('SIGKILL');
  await ended;
}
