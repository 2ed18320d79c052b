import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './process.ts';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** Paths of a certificate and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority of a test's own, valid for two days. */
export class Authority {
  readonly #folder = temporaryFolder();
  readonly #self: Certificate;

  constructor(name: string) {
    this.#self = this.#files('ca');
    const made = ['-keyout', this.#self.key, '-out', this.#self.cert];
    openssl('req', '-x509', ...KEY, '-days', '2', '-subj', `/CN=${name}`, ...made);
  }

  /** What trusts it needs this file. */
  get cert(): string {
    return this.#self.cert;
  }

  /** A certificate that it signed, good for 127.0.0.1 and for more hosts. */
  issue(name: string, ...hosts: readonly string[]): Certificate {
    const made = this.#files(name);
    const [request, names] = [join(this.#folder, `${name}.csr`), join(this.#folder, 'names')];
    writeFileSync(
      names,
      `subjectAltName=IP:127.0.0.1,${['localhost', ...hosts].map((host) => `DNS:${host}`).join()}\n`,
    );
    openssl('req', '-new', ...KEY, '-subj', `/CN=${name}`, '-keyout', made.key, '-out', request);
    const signed = ['-CA', this.#self.cert, '-CAkey', this.#self.key, '-CAcreateserial', '-extfile', names];
    openssl('x509', '-req', '-days', '2', '-in', request, ...signed, '-out', made.cert);
    return made;
  }

  #files(name: string): Certificate {
    return { cert: join(this.#folder, `${name}.pem`), key: join(this.#folder, `${name}.key`) };
  }
}
