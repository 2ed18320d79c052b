import { stat } from 'node:fs/promises';
import type { SecureContextOptions, Server } from 'node:tls';
import { readCertificates } from '../../config/rules/certificates.ts';
import type { ServerTls } from '../../config/schema.ts';
import type { EventLog } from '../../log.ts';

const LOOK_EVERY_MS = 10_000;

/**
 * The certificate of one door. What renews it writes files and tells nobody, so they are looked at every ten seconds. A
 * pair that does not fit, because one of its files is not written yet, leaves the old one in place until the next look.
 */
export class DoorCertificate {
  readonly #path: string;
  readonly #events: EventLog;
  readonly #servers: Server[] = [];
  readonly #timer: NodeJS.Timeout;
  #tls: ServerTls;
  #context: SecureContextOptions;
  #seen = '';

  /** `path` is that of the key, such as `receivers.twilio.tls`. Throws where the files cannot be used. */
  constructor(path: string, tls: ServerTls, events: EventLog) {
    this.#path = path;
    this.#tls = tls;
    this.#events = events;
    this.#context = contextOf(path, tls);
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** What a server begins with. */
  get context(): SecureContextOptions {
    return this.#context;
  }

  /** From now on the server gets each new pair. */
  serve(server: Server): void {
    this.#servers.push(server);
  }

  /** Reads the files again; true when there is a new pair, which the next connections get. Throws where they cannot be used. */
  renew(tls: ServerTls = this.#tls): boolean {
    const context = contextOf(this.#path, tls);
    const [before, after] = [JSON.stringify(this.#context), JSON.stringify(context)];
    [this.#tls, this.#context] = [tls, context];
    if (before === after) return false;
    for (const server of this.#servers) server.setSecureContext(context);
    return true;
  }

  /** Renews when a file has changed since the last look. */
  async look(): Promise<void> {
    const { cert_file, key_file } = this.#tls;
    const marks = await Promise.all([cert_file, key_file].map(mark));
    const seen = marks.join();
    if (seen === this.#seen) return;
    this.#seen = seen;
    try {
      if (this.renew()) this.#events.event('info', `${this.#path} renewed`, `${this.#path}: a new certificate is used`);
    } catch (error) {
      const message = `the certificate of before stays: ${(error as Error).message}`;
      this.#events.event('error', `${this.#path} broken`, message);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function contextOf(path: string, tls: ServerTls): SecureContextOptions {
  const { certificates, problems } = readCertificates(tls);
  if (problems.length > 0)
    throw new Error(problems.map(({ name, message }) => `${path}.${name} ${message}`).join('; '));
  return { cert: certificates.cert, key: certificates.key, minVersion: `TLSv${tls.min_version}` };
}

/** What changes with a file, also where it is a link to another one now. */
async function mark(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '';
  }
}
