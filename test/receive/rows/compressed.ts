import { gzipSync as gzip } from 'node:zlib';

export const zlib = (text: string): Buffer => gzip(text);

const bombs = new Map<number, Buffer>();

/** So many MB of zeros, in some kB. */
export function gzipBomb(megabytes: number): Buffer {
  const made = bombs.get(megabytes) ?? gzip(Buffer.alloc(megabytes * 1_000_000), { level: 9 });
  bombs.set(megabytes, made);
  return made;
}
