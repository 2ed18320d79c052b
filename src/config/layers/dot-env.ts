import type { Problem } from './layers.ts';

const LINE = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/;
const NOTHING = /^[ \t\r]*(?:#.*)?$/;

/** Of a file that is something else altogether the first few lines say enough. */
const MOST_PROBLEMS = 5;

export interface DotEnv {
  readonly variables: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

/**
 * The variables of a `.env` file: `NAME=value`, also behind `export`, with comments from `#` on; in quotes a value may go
 * over several lines. A line that is none is a problem, because the variable that was meant would be missing: Node's own
 * `parseEnv` passes over it in silence, or takes it for a part of the next name. No problem tells what a line holds.
 */
export function parseDotEnv(name: string, content: string): DotEnv {
  const text = content.replace(/^\uFEFF/, '');
  const variables: Record<string, string> = Object.create(null);
  const problems: Problem[] = [];
  let at = 0;
  for (let line = 1; at < text.length; line++) {
    const end = endOfLine(text, at);
    const written = text.slice(at, end);
    const [begin, key = ''] = LINE.exec(written) ?? [];
    let next = end;
    if (begin !== undefined) {
      const value = valueAt(text, at + begin.length, end);
      next = value.end;
      if (value.problem) problems.push({ path: `${name}:${line}`, message: value.problem });
      else variables[key] = value.text;
    } else if (!NOTHING.test(written)) problems.push({ path: `${name}:${line}`, message: 'must be NAME=value' });
    line += text.slice(at, next).split('\n').length - 1;
    at = next + 1;
  }
  return { variables, problems: problems.slice(0, MOST_PROBLEMS) };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

interface Value {
  readonly text: string;
  /** The end of its last line. */
  readonly end: number;
  /** What is wrong with it. */
  readonly problem?: string;
}

function valueAt(text: string, from: number, end: number): Value {
  const quote = /^["'`]/.exec(text.slice(from, end))?.[0];
  if (!quote) return { text: text.slice(from, end).replace(/#.*$/s, '').trim(), end };
  const closing = text.indexOf(quote, from + 1);
  if (closing === -1) return { text: '', end, problem: 'opens a quote that is not closed' };
  const last = endOfLine(text, closing);
  if (!NOTHING.test(text.slice(closing + 1, last))) {
    return { text: '', end: last, problem: 'has more behind the quote that closes its value' };
  }
  const value = text.slice(from + 1, closing);
  return { text: quote === '"' ? value.replaceAll('\\n', '\n') : value, end: last };
}
