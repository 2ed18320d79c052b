import type { Page } from '../book.ts';
import { CorruptValue, decodeText, encodeText, endOf, META, PREFIX } from './codec.ts';
import type { Level } from './leveldb/level.ts';

const HEX_DIGITS = 8;

/** Pages of one book lie in the order of their minutes. */
export const pageKey = ({ book, minute }: Page): string =>
  `${PREFIX.open}${book}:${minute.toString(16).padStart(HEX_DIGITS, '0')}`;

export const isEmpty = ({ phases }: Page): boolean => phases.every((count) => count === 0);

export const encodePage = (storedKey: string, { phases }: Page): Buffer => encodeText(storedKey, phases.join(' '));

export function decodePage(storedKey: string, bytes: Buffer): Page {
  const [book = '', minute = ''] = storedKey.slice(PREFIX.open.length).split(':');
  const phases = decodeText(storedKey, bytes).split(' ').map(Number);
  if (phases.some((count) => !Number.isSafeInteger(count))) throw new CorruptValue('a page of the open book is none');
  return { book, minute: Number.parseInt(minute, 16), phases };
}

/** Every page that is kept. */
export async function readPages(level: Level): Promise<Page[]> {
  const pages = await level.iterator({ gt: PREFIX.open, lt: endOf(PREFIX.open) }).all();
  return pages.map(([key, value]) => decodePage(key, value));
}

type Closed = readonly (readonly [book: string, minute: number])[];

export const encodeClosed = (closed: Closed): Buffer =>
  encodeText(META.closed, closed.map(([book, minute]) => `${book} ${minute}`).join('\n'));

export const decodeClosed = (bytes: Buffer | undefined): Closed =>
  bytes === undefined
    ? []
    : decodeText(META.closed, bytes)
        .split('\n')
        .map((line) => line.split(' '))
        .map(([book = '', minute]) => [book, Number(minute)] as const);
