import { choice, text } from '../values.ts';
import { section } from './section.ts';

/** A door of the agent's own that speaks TLS. */
export const serverTls = (of: string) =>
  section({
    cert_file: text().describe(
      'File of the certificate, in PEM, with what leads to a known authority behind it. It is read again when it changes.',
    ),
    key_file: text().describe('File of its key, in PEM, without a passphrase.'),
    min_version: choice(['1.2', '1.3'], '1.2').describe('The least version of TLS that is spoken.'),
  }).describe(`TLS on ${of}; off while no certificate is named.`);

export interface ServerTls {
  readonly cert_file: string;
  readonly key_file: string;
  readonly min_version: '1.2' | '1.3';
}

export const isTls = ({ cert_file, key_file }: ServerTls): boolean => cert_file !== '' || key_file !== '';
