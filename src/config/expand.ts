export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Expands `${env:NAME}` and `${env:NAME:-default}` in a text, as the Collector does; defaults may hold references
 * themselves, `$$` is a dollar, and an empty variable is an unset one.
 */
export function expandText(text: string, env: Environment): string {
  return scan(text, env, 0, false).value;
}

function scan(text: string, env: Environment, from: number, nested: boolean): { value: string; end: number } {
  let value = '';
  let at = from;
  while (at < text.length) {
    if (nested && text[at] === '}') return { value, end: at };
    if (text.startsWith('$$', at)) {
      value += '$';
      at += 2;
      continue;
    }
    const reference = text.startsWith('${', at) ? /^\$\{env:([A-Za-z_]\w*)(:-)?/.exec(text.slice(at)) : null;
    if (!reference) {
      if (text.startsWith('${', at)) {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the words of the configuration, not of this file
        throw new Error('has a "${" that is not ${env:NAME} or ${env:NAME:-default}; write $$ for a dollar');
      }
      value += text[at++];
      continue;
    }
    const inner = at + reference[0].length;
    const fallback = reference[2] ? scan(text, env, inner, true) : { value: '', end: inner };
    // biome-ignore lint/suspicious/noTemplateCurlyInString: likewise
    if (text[fallback.end] !== '}') throw new Error('has a ${env:...} that is not closed');
    const name = reference[1]!;
    value += (Object.hasOwn(env, name) && env[name]) || fallback.value;
    at = fallback.end + 1;
  }
  return { value, end: at };
}

/** Expands every text scalar of a parsed document; keys are left as they are. */
export function expandTree(
  tree: unknown,
  env: Environment,
  onError: (path: string[], message: string) => void,
): unknown {
  const walk = (node: unknown, path: string[]): unknown => {
    if (typeof node === 'string') {
      try {
        return expandText(node, env);
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
