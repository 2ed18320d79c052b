import { isUtf8 } from 'node:buffer';
import { reject } from '../../rejection.ts';

const DEEPEST = 16;
const BOM = 0xfeff;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;

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
  const written = membersWritten(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw reject('malformed_json');
  }
  // The parser keeps one of two members of the same name, so then there are fewer than were written. Twilio writes none
  // twice: who did it, and where, is worth a second look at the text, and counting is all that everybody else pays.
  return membersOf(value) === written ? value : guarded(value, namesGivenTwice(text));
}

/** How many members the objects of a JSON text have. Nothing may lie deeper than 16 levels. */
function membersWritten(text: string): number {
  let members = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at + 1);
        break;
      case COLON:
        members++;
        break;
      case OPENING_BRACE:
      case OPENING_BRACKET:
        if (++depth > DEEPEST) throw reject('malformed_json', 'the depth');
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        depth--;
        break;
    }
  }
  return members;
}

/** How many members a parsed value has, at every level. None may be called `__proto__`. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const each of value) members += membersOf(each);
    return members;
  }
  // What was parsed inherits nothing that can be enumerated.
  for (const name in value) {
    if (name === '__proto__') throw reject('malformed_json', 'a forbidden name');
    members += 1 + membersOf((value as Record<string, unknown>)[name]);
  }
  return members;
}

/** The value, whose members that are given twice cannot be read. */
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

/** The paths of the members that are given twice in a text that was parsed. */
function namesGivenTwice(text: string): ReadonlySet<string> {
  const twice = new Set<string>();
  const open: Open[] = [];
  let namesMember = false;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
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
  const name = JSON.parse(quoted) as string;
  open.at = name;
  const known = open.members?.has(name) ?? false;
  open.members?.add(name);
  return known;
}

/** Where the closing quote stands, or the end of the text. */
function endOfString(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at < 0 ? text.length : at;
}

/** True behind an odd number of backslashes: two of them are a backslash. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}
