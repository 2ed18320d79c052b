import { fileText, type ReadText } from './file-text.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Expands `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` in a text, as the Collector does. Paths and defaults may
 * hold references themselves, `$$` is a dollar, and an empty variable is an unset one. `${file:PATH:-default}` has its
 * default where no path is named; a file that is named must be there.
 */
export function expandText(text: string, env: Environment, read: ReadText = fileText): string {
  return scan({ text, env, read }, 0).value;
}

interface Source {
  readonly text: string;
  readonly env: Environment;
  readonly read: ReadText;
}

interface Scanned {
  readonly value: string;
  /** Where the scan ended: at the end of the text, or at what closes it. */
  readonly end: number;
}

const REFERENCE = /^\$\{(?:(env):([A-Za-z_]\w*)|(file):)/;

/** The value from a place on: to the end of the text, or to the first of some texts that close it. */
function scan(source: Source, from: number, ...closing: readonly string[]): Scanned {
  const { text } = source;
  let value = '';
  let at = from;
  while (at < text.length) {
    if (closing.some((each) => text.startsWith(each, at))) return { value, end: at };
    if (text.startsWith('$$', at)) {
      value += '$';
      at += 2;
    } else if (text.startsWith('${', at)) {
      const reference = expandReference(source, at);
      value += reference.value;
      at = reference.end;
    } else value += text[at++];
  }
  return { value, end: at };
}

function expandReference(source: Source, from: number): Scanned {
  const [begin, env, name = ''] = REFERENCE.exec(source.text.slice(from)) ?? [];
  if (begin === undefined) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the words of the configuration, not of this file
    throw new Error('has a "${" that is not ${env:NAME}, ${env:NAME:-default} or ${file:PATH}; write $$ for a dollar');
  }
  if (env) return expandVariable(source, name, from + begin.length);
  const path = scan(source, from + begin.length, ':-', '}');
  const { value, end } = fallbackAt(source, path.end, 'file');
  if (path.value !== '') return { value: source.read(path.value), end };
  if (!source.text.startsWith(':-', path.end)) throw new Error('names no file');
  return { value, end };
}

function expandVariable(source: Source, name: string, at: number): Scanned {
  const given = (Object.hasOwn(source.env, name) && source.env[name]) || '';
  if (given === '') return fallbackAt(source, at, 'env');
  // What stands behind a value that is there is read for its end alone; but who names a file besides means one of the two.
  const read = () => {
    throw new Error(`is given by ${name} and by a file: leave one of them out`);
  };
  return { value: given, end: fallbackAt({ ...source, read }, at, 'env').end };
}

/** The default of a reference, if there is one, and the place behind the whole reference. */
function fallbackAt(source: Source, at: number, kind: 'env' | 'file'): Scanned {
  const fallback = source.text.startsWith(':-', at) ? scan(source, at + 2, '}') : { value: '', end: at };
  if (source.text[fallback.end] !== '}') throw new Error(`has a \${${kind}:...} that is not closed`);
  return { value: fallback.value, end: fallback.end + 1 };
}

/** Expands every text scalar of a parsed document; keys are left as they are, and each file is read once. */
export function expandTree(
  tree: unknown,
  env: Environment,
  onError: (path: string[], message: string) => void,
  read: ReadText = fileText,
): unknown {
  const texts = new Map<string, string>();
  // A pipe, such as `<(...)` of a shell, gives its text once, and several keys may name it.
  const readOnce: ReadText = (path) => {
    const text = texts.get(path) ?? read(path);
    texts.set(path, text);
    return text;
  };
  const walk = (node: unknown, path: string[]): unknown => {
    if (typeof node === 'string') {
      try {
        return expandText(node, env, readOnce);
      } catch (error) {
        onError(path, (error as Error).message);
        return '';
      }
    }
    if (Array.isArray(node)) return node.map((item, i) => walk(item, [...path, String(i)]));
    if (node === null || typeof node !== 'object') return node;
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value, [...path, key])]));
  };
  return walk(tree, []);
}

/** Lays one document over another: maps merge, lists and values replace; a key without a value changes nothing. */
export function merge(under: unknown, over: unknown): unknown {
  if (over === undefined || over === null) return under;
  if (!isMap(under) || !isMap(over)) return over;
  const own = (key: string) => (Object.hasOwn(under, key) ? under[key] : undefined);
  const merged = Object.entries(over).map(([key, value]) => [key, merge(own(key), value)] as const);
  return Object.fromEntries([...Object.entries(under), ...merged]);
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
