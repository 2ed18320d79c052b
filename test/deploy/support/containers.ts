import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Finished, finished, ROOT, succeeded } from './run.ts';

const CACHE = join(homedir(), '.cache', 'twilio-otel-agent', 'containers');

// A storage of their own, so that nothing else on this machine is touched. overlay shares layers between images; runc,
// because crun refuses machines that have both versions of control groups.
const STORAGE = `[storage]
driver = "overlay"
graphroot = "${CACHE}/storage"
runroot = "/run/twilio-otel-agent-test"
`;

// netavark, since names of containers are resolved by it alone. The limits of this process: podman's own are higher, which a container inside a container may not have.
const containersConf = (openFiles: string) => `[containers]
default_ulimits = ["nofile=${openFiles}:${openFiles}", "nproc=4096:4096"]
[network]
network_backend = "netavark"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
`;

let prepared: Promise<Record<string, string>> | undefined;

/** The variables with which podman and buildah find that storage. */
export const containerEnv = (): Promise<Record<string, string>> => (prepared ??= prepare());

async function prepare(): Promise<Record<string, string>> {
  mkdirSync(CACHE, { recursive: true });
  const [storage, containers] = [join(CACHE, 'storage.conf'), join(CACHE, 'containers.conf')];
  writeFileSync(storage, STORAGE);
  writeFileSync(containers, containersConf((await succeeded('sh', ['-c', 'ulimit -n'])).trim()));
  return { CONTAINERS_STORAGE_CONF: storage, CONTAINERS_CONF: containers, BUILDAH_ISOLATION: 'chroot' };
}

/** Runs podman to its end, whatever its exit code. */
export const podmanFinished = async (...args: string[]): Promise<Finished> =>
  finished('podman', args, { env: await containerEnv() });

/** Runs podman and resolves with its output; rejects when it failed. */
export const podman = async (...args: string[]): Promise<string> =>
  (await succeeded('podman', args, { env: await containerEnv() })).trim();

/** Makes the images that the Dockerfile builds from, unless they are there; resolves with what the script says. */
export const makeStandIns = async (): Promise<string> =>
  succeeded(join(ROOT, 'test/deploy/support/stand-ins.sh'), [], { env: await containerEnv() });
