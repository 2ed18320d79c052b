/** The pages that people read: the front page and its neighbours, one page per question, and the runbook. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['.', 'docs', 'otel-config/prometheus'];

/** A file of the repository, by its path from the top. */
export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The files of a folder of the repository that end so. */
export const files = (folder: string, end: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(end))
    .map((name) => join(folder, name));

export const PAGES: readonly string[] = FOLDERS.flatMap((folder) => files(folder, '.md'));

/** A page without its blocks of code, where brackets and `#` mean something else. */
export const prose = (markdown: string): string => markdown.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');

/** GitHub's anchors of a page's headings: one that was there already gets a number. */
export function anchors(markdown: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const anchor = heading!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}

/** What is wrong with a link from a page; `undefined` when it leads to a file, and to a heading if it names one. */
export function broken(from: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : join(dirname(from), path);
  if (target.startsWith('..') || !existsSync(join(ROOT, target))) return `${from}: ${link}: no such file`;
  if (anchor && !anchors(read(target)).includes(anchor)) return `${from}: ${link}: no such heading`;
  return undefined;
}
