import { isUtf8 } from 'node:buffer';
import { reject } from '../rejection.ts';

const DEEPEST = 16;
const BOM = 0xfeff;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The value that a body holds. Throws `malformed_json` for what is no JSON in UTF-8, and for what two readers could read differently. */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw reject('malformed_json', 'the encoding');
  return parseJsonText(body.toString());
}

/** The same of a text: some values hold JSON themselves. */
export function parseJsonText(text: string): unknown {
  if (text.charCodeAt(0) === BOM) throw reject('malformed_json', 'a byte order mark');
  // Before it is parsed: what is too deep must not reach a parser that recurses.
  checkShape(text);
  try {
    return JSON.parse(text);
  } catch {
    throw reject('malformed_json');
  }
}

/**
 * Goes through the text once. Nothing may lie deeper than 16 levels, and no object may name a member twice, of which one
 * reader takes the first and another the last, or `__proto__`. What is no JSON at all is left to the parser.
 */
function checkShape(text: string): void {
  /** The members of each open object; `undefined` for an open array. */
  const open: (Set<string> | undefined)[] = [];
  let namesMember = false;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        if (open.length === DEEPEST) throw reject('malformed_json', 'the depth');
        open.push(text[at] === '{' ? new Set() : undefined);
        namesMember = text[at] === '{';
        break;
      case '}':
      case ']':
        open.pop();
        namesMember = false;
        break;
      case ',':
        namesMember = open.at(-1) !== undefined;
        break;
      case '"': {
        const end = endOfString(text, at + 1);
        if (namesMember) addMember(open.at(-1), text.slice(at, end + 1));
        namesMember = false;
        at = end;
        break;
      }
    }
  }
}

/** Where the closing quote stands, or the end of the text. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

function addMember(members: Set<string> | undefined, quoted: string): void {
  const name = quoted.includes('\\') ? unescaped(quoted) : quoted.slice(1, -1);
  if (name === '__proto__') throw reject('malformed_json', 'a forbidden name');
  if (members?.has(name)) throw reject('malformed_json', 'a name that is given twice');
  members?.add(name);
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted);
  } catch {
    return quoted;
  }
}
