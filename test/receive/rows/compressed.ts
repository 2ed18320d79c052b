import { gzipSync as gzip } from 'node:zlib';

export const zlib = (text: string): Buffer => gzip(text);

/** So many MB of zeros, in some kB. */
export const gzipSync = (megabytes: number): Buffer => gzip(Buffer.alloc(megabytes * 1_000_000), { level: 9 });
