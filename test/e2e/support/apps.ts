import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CACHE } from './go.ts';
import { freePort, type Running, start } from './process.ts';
import { AUTH_TOKEN } from './twilio.ts';

const run = promisify(execFile);
const APPS = fileURLToPath(new URL('../apps/', import.meta.url));

export interface Application extends Running {
  readonly port: number;
}

export type Framework = 'Express' | 'Flask';

/** An application that checks Twilio's signature itself, with Twilio's own library for its language. */
export async function startApplication(framework: Framework): Promise<Application> {
  const port = await freePort();
  const command =
    framework === 'Express'
      ? [process.execPath, join(await installed(), 'express.mjs')]
      : [join(await virtualEnvironment(), 'bin', 'python'), join(APPS, 'flask_app.py')];
  const env = { PATH: process.env['PATH'], PORT: String(port), TWILIO_AUTH_TOKEN: AUTH_TOKEN };
  return { ...(await start({ command, env, ready: () => listens(port) })), port };
}

/** The folder of the applications, with what npm installs there from its lock file. */
async function installed(): Promise<string> {
  if (!existsSync(join(APPS, 'node_modules', 'express'))) {
    await run('npm', ['ci', '--prefix', APPS, '--ignore-scripts', '--no-audit', '--no-fund']);
  }
  return APPS;
}

/** A Python with what `requirements.txt` names, in the cache; one that was made halfway is not found there. */
async function virtualEnvironment(): Promise<string> {
  const requirements = join(APPS, 'requirements.txt');
  const { stdout } = await run('python3', ['--version']);
  const hash = createHash('sha256').update(stdout).update(readFileSync(requirements)).digest('hex');
  const target = join(CACHE, `python-${hash.slice(0, 16)}`);
  if (existsSync(target)) return target;
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, '.python-'));
  try {
    await run('python3', ['-m', 'venv', unfinished]);
    await run(join(unfinished, 'bin', 'python'), ['-m', 'pip', 'install', '-q', '-r', requirements]);
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return target;
}

const listens = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
