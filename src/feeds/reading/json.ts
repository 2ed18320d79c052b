import { isUtf8 } from 'node:buffer';
import { reject } from '../../rejection.ts';

const DEEPEST = 16;
const BOM = 0xfeff;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The value that a body holds. Throws `malformed_json` for what is no JSON in UTF-8. Of a member that is given twice one reader
 * takes the first and another the last: who reads such a one from the value gets `malformed_json`, too.
 */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw reject('malformed_json', 'the encoding');
  return parseJsonText(body.toString());
}

/** The same of a text: some values hold JSON themselves. */
export function parseJsonText(text: string): unknown {
  if (text.charCodeAt(0) === BOM) throw reject('malformed_json', 'a byte order mark');
  // Before it is parsed: what is too deep must not reach a parser that recurses.
  const twice = namesGivenTwice(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw reject('malformed_json');
  }
  return twice.size === 0 ? value : guarded(value, twice);
}

/** The value, whose members that are given twice cannot be read. Twilio sends none, so nobody waits for the proxies. */
function guarded(value: unknown, twice: ReadonlySet<string>, path = ''): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, name) {
      const member = `${path}/${String(name)}`;
      if (twice.has(member)) throw reject('malformed_json', 'a name that is given twice');
      return guarded(Reflect.get(target, name), twice, member);
    },
  });
}

/** An object or a list that is being read: the names of the object's members, and the member or the place that it is at. */
interface Open {
  readonly members: Set<string> | undefined;
  at: string | number;
}

/**
 * Goes through the text once, and returns the paths of the members that are given twice. Nothing may lie deeper than 16
 * levels, and nothing may be called `__proto__`. What is no JSON at all is left to the parser.
 */
function namesGivenTwice(text: string): ReadonlySet<string> {
  const twice = new Set<string>();
  const open: Open[] = [];
  let namesMember = false;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        if (open.length === DEEPEST) throw reject('malformed_json', 'the depth');
        namesMember = text[at] === '{';
        open.push({ members: namesMember ? new Set() : undefined, at: 0 });
        break;
      case '}':
      case ']':
        open.pop();
        namesMember = false;
        break;
      case ',':
        namesMember = goOn(open.at(-1));
        break;
      case '"': {
        const end = endOfString(text, at + 1);
        if (namesMember && isKnown(text.slice(at, end + 1), open.at(-1)!)) {
          twice.add(open.map((each) => `/${each.at}`).join(''));
        }
        namesMember = false;
        at = end;
        break;
      }
    }
  }
  return twice;
}

/** True where the name of a member comes next; in a list it is the next place. */
function goOn(open: Open | undefined): boolean {
  if (open && typeof open.at === 'number') open.at++;
  return open?.members !== undefined;
}

/** Goes to a member, and is true where the object had one of that name before. */
function isKnown(quoted: string, open: Open): boolean {
  const name = nameOf(quoted);
  open.at = name;
  const known = open.members?.has(name) ?? false;
  open.members?.add(name);
  return known;
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

function nameOf(quoted: string): string {
  const name = quoted.includes('\\') ? unescaped(quoted) : quoted.slice(1, -1);
  if (name === '__proto__') throw reject('malformed_json', 'a forbidden name');
  return name;
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted);
  } catch {
    return quoted;
  }
}
