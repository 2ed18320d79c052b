import { isScalar, LineCounter, parseDocument, stringify, visit } from 'yaml';
import { isMap } from './expand.ts';

/** One file, or one `--set`, in the order in which they are laid over each other. */
export interface Layer {
  readonly name: string;
  readonly yaml: string;
  /** Why it is no layer at all, when it is none. */
  readonly problem?: string;
}

export interface Problem {
  /** Path of the key, such as `receivers.twilio.endpoint`, or the place in a file that cannot be read. */
  readonly path: string;
  readonly message: string;
}

// Every scalar stays the text that was written (a token of digits keeps its zeros); the schema's types convert.
const TEXT_ONLY = { schema: 'failsafe', merge: true } as const;
const NOTHING = /^(?:~|null|Null|NULL)?$/;

/** A layer as a tree of texts. A key without a value is `null`: it changes nothing. */
export function parseLayer({ name, yaml, problem }: Layer, onProblem: (problem: Problem) => void): unknown {
  if (problem) {
    onProblem({ path: name, message: problem });
    return {};
  }
  const lines = new LineCounter();
  const document = parseDocument(yaml, { ...TEXT_ONLY, lineCounter: lines, prettyErrors: false });
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    onProblem({ path: `${name}:${line}:${col}`, message: error.message });
  }
  if (document.errors.length > 0) return {};
  visit(document, {
    Scalar(_, scalar) {
      if (scalar.type === 'PLAIN' && NOTHING.test(scalar.source ?? '')) scalar.value = null;
    },
  });
  let tree: unknown;
  try {
    tree = document.toJS();
  } catch (error) {
    onProblem({ path: name, message: `cannot be read: ${(error as Error).message}` });
    return {};
  }
  if (holdsItself(tree)) {
    onProblem({ path: name, message: 'cannot be read: an alias stands within what it names' });
    return {};
  }
  if (tree === null || tree === undefined || isMap(tree)) return tree ?? {};
  onProblem({ path: name, message: 'must be a map of receivers, processors, exporters, extensions and service' });
  return {};
}

function holdsItself(node: unknown, above: readonly unknown[] = []): boolean {
  if (typeof node !== 'object' || node === null) return false;
  return above.includes(node) || Object.values(node).some((each) => holdsItself(each, [...above, node]));
}

/** `a.b.c=value` as a layer; the value is YAML, as in the Collector. */
export function setLayer(assignment: string): Layer {
  const equals = assignment.indexOf('=');
  const keys = assignment.slice(0, Math.max(equals, 0)).split('.');
  const name = `--set ${equals < 0 ? assignment : keys.join('.')}`;
  if (keys.includes('')) return { name, yaml: '', problem: 'must be key.path=value' };
  let tree = yamlValue(assignment.slice(equals + 1));
  for (const key of keys.reverse()) tree = { [key]: tree };
  return { name, yaml: stringify(tree) };
}

function yamlValue(text: string): unknown {
  const document = parseDocument(text, TEXT_ONLY);
  const isText = document.errors.length > 0 || document.contents === null;
  // A text that only looks like YAML's null, or like a broken list, is that text.
  if (isText || (isScalar(document.contents) && document.contents.type === 'PLAIN')) return text.trim();
  return document.toJS();
}
