const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

/** The words of one command line of a POSIX shell, with its quotes undone, `$'...'` too. Nothing is expanded. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const add = (text: string) => {
    word = (word ?? '') + text;
  };
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === "'" || (char === '$' && line[i + 1] === "'")) {
      const ansi = char === '$';
      const [text, end] = ansi ? ansiQuoted(line, i + 2) : singleQuoted(line, i + 1);
      add(text);
      i = end;
    } else if (char === '"') {
      const [text, end] = doubleQuoted(line, i + 1);
      add(text);
      i = end;
    } else if (char === '\\') {
      i++;
      // Before a line's end it joins that line and the next.
      if (line[i] === '\r' && line[i + 1] === '\n') i++;
      else if (line[i] !== '\n') add(line[i] ?? '');
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else add(char);
  }
  if (word !== undefined) words.push(word);
  return words;
}

type Quoted = readonly [text: string, end: number];

function singleQuoted(line: string, start: number): Quoted {
  const end = line.indexOf("'", start);
  return end === -1 ? [line.slice(start), line.length] : [line.slice(start, end), end];
}

function doubleQuoted(line: string, start: number): Quoted {
  let text = '';
  for (let i = start; i < line.length; i++) {
    const char = line[i]!;
    if (char === '"') return [text, i];
    if (char === '\\' && '"\\$`\n'.includes(line[i + 1] ?? '-')) {
      i++;
      if (line[i] !== '\n') text += line[i];
    } else text += char;
  }
  return [text, line.length];
}

function ansiQuoted(line: string, start: number): Quoted {
  let text = '';
  for (let i = start; i < line.length; i++) {
    const char = line[i]!;
    if (char === "'") return [text, i];
    if (char !== '\\') {
      text += char;
      continue;
    }
    const code = /^(?:u([0-9a-f]{1,4})|x([0-9a-f]{1,2}))/i.exec(line.slice(i + 1, i + 6));
    if (code) {
      text += String.fromCharCode(Number.parseInt(code[1] ?? code[2]!, 16));
      i += code[0].length;
    } else {
      i++;
      text += ESCAPES[line[i] ?? ''] ?? line[i] ?? '';
    }
  }
  return [text, line.length];
}
