import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';

/** More than any secret, certificate or list takes; what never ends, such as a device, must not fill the memory. */
const MAX_BYTES = 64 * 1_024;

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

/** Reads a text from a file. */
export type ReadText = (path: string) => string;

/**
 * The text of a file, without the line end at its end. Throws in words that hold neither what is in the file nor its path:
 * somebody may have written the secret itself where its file belongs.
 */
export const fileText: ReadText = (path) => {
  const bytes = firstBytes(path);
  if (bytes.length > MAX_BYTES)
    throw new Error(`names a file that cannot be used: it is over ${MAX_BYTES / 1_024} KiB`);
  if (!isUtf8(bytes) || bytes.includes(0)) throw new Error('names a file that cannot be used: it holds no text');
  const text = bytes.toString('utf8').replace(/\r?\n$/, '');
  // Nothing is no secret: an agent whose token is empty would be a trial.
  if (text === '') throw new Error('names a file that cannot be used: it is empty');
  return text;
};

function firstBytes(path: string): Buffer {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (let read = 1; read > 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    return bytes.subarray(0, length);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Error(`names a file that cannot be read: ${WHY[code] ?? code}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
