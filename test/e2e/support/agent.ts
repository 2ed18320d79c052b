import { fileURLToPath } from 'node:url';
import { told } from '../../told.ts';
import { answers, freePort, type Running, start, temporaryFolder } from './process.ts';
import { labelled } from './samples.ts';

const MAIN = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));

/** Twilio's REST API is never asked from a test: nobody listens here. */
const NOBODY = 'http://127.0.0.1:9';

export interface AgentProcess extends Running {
  readonly url: string;
  readonly port: number;
  /** Give it to the next start, to go on with the same ledger. */
  readonly storageDir: string;
  /** The scrape page. */
  metrics(): Promise<string>;
  /** One value of the scrape page; `undefined` when there is no such series. */
  value(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
}

export interface AgentStart {
  /** The whole environment besides PATH, PORT and STORAGE_DIR: nothing of the test run's own gets in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly port?: number;
  readonly storageDir?: string;
  /** What runs `dist/src/main.js`, such as `['faketime', '-f', '+1h', process.execPath]`. */
  readonly node?: readonly string[];
  /** Throws while it is not ready, in place of asking /ready in the clear. */
  readonly ready?: () => Promise<void>;
}

/** Starts the built agent in an empty folder and resolves once /ready is 200. Without a token it is a local trial. */
export async function startAgent({
  env,
  args = [],
  port,
  storageDir,
  node,
  ready,
}: AgentStart = {}): Promise<AgentProcess> {
  const at = port ?? (await freePort());
  const url = `http://127.0.0.1:${at}`;
  const folder = temporaryFolder();
  const storage = storageDir ?? `${folder}/data`;
  const running = await start({
    command: [...(node ?? [process.execPath]), MAIN, ...args],
    env: { PATH: process.env['PATH'], TWILIO_API_URL: NOBODY, ...env, PORT: String(at), STORAGE_DIR: storage },
    cwd: folder,
    ready: ready ?? answers(`${url}/ready`),
  });
  void running.exited.then(() => told(running.output()));
  const metrics = async () => {
    const response = await fetch(`${url}/metrics`);
    if (!response.ok) throw new Error(`/metrics answers ${response.status}`);
    return told(await response.text());
  };
  return {
    ...running,
    url,
    port: at,
    storageDir: storage,
    metrics,
    value: async (name, labels) => labelled(await metrics(), name, labels),
  };
}
