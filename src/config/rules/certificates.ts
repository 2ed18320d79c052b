import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** Files in PEM; an empty name is none. */
export interface CertificateFiles {
  readonly ca_file?: string;
  readonly cert_file: string;
  readonly key_file: string;
}

export interface Certificates {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface ReadCertificates {
  readonly certificates: Certificates;
  readonly problems: readonly { readonly name: string; readonly message: string }[];
}

/** What is in the files now, and what is wrong with it. */
export function readCertificates({ ca_file = '', cert_file, key_file }: CertificateFiles): ReadCertificates {
  const problems: { name: string; message: string }[] = [];
  const read = (name: string, path: string, check: (pem: Buffer) => unknown, kind: string) => {
    if (path === '') return undefined;
    let pem: Buffer;
    try {
      pem = readFileSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      problems.push({ name, message: `cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}` });
      return undefined;
    }
    try {
      check(pem);
      return pem;
    } catch {
      problems.push({ name, message: `is not ${kind} in PEM` });
      return undefined;
    }
  };
  const ca = read('ca_file', ca_file, (pem) => new X509Certificate(pem), 'a certificate');
  const cert = read('cert_file', cert_file, (pem) => new X509Certificate(pem), 'a certificate');
  const key = read('key_file', key_file, (pem) => createPrivateKey(pem), 'a private key without a passphrase');
  if ((cert_file === '') !== (key_file === '')) {
    const [absent, present] = cert_file === '' ? ['cert_file', 'key_file'] : ['key_file', 'cert_file'];
    problems.push({ name: absent, message: `is needed beside ${present}` });
  }
  if (cert && key) problems.push(...pairProblems(cert, key));
  return { problems, certificates: { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) } };
}

function pairProblems(cert: Buffer, key: Buffer): { name: string; message: string }[] {
  if (!belongs(cert, key)) return [{ name: 'key_file', message: 'is not the key of cert_file' }];
  try {
    createSecureContext({ cert, key });
    return [];
  } catch (error) {
    // Such as a key that OpenSSL finds too short, or a chain that is broken further down.
    const { code, message } = error as NodeJS.ErrnoException;
    return [{ name: 'cert_file', message: `cannot be used: ${code ?? message}` }];
  }
}

function belongs(cert: Buffer, key: Buffer): boolean {
  const spki = (source: Buffer | ReturnType<typeof createPrivateKey>) =>
    createPublicKey(source as Buffer).export({ type: 'spki', format: 'der' });
  return spki(cert).equals(spki(createPrivateKey(key)));
}
