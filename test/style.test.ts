import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { METRIC_KEYS, row } from '../instrumentation/metrics.ts';
import { prometheusName } from '../instrumentation/names.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

interface Source {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
  /** The files of this repository that it imports, from the root. */
  readonly imports: readonly string[];
}

function read(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  const specifiers = [...code.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, specifier]) => specifier!);
  const imports = specifiers.map((specifier) => relative(ROOT, join(ROOT, dirname(path), specifier)));
  return { path, text, code, imports };
}

const sources = (folder: string): Source[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.includes('node_modules'))
    .map((name) => read(join(folder, name)));

const src = sources('src');
const instrumentation = sources('instrumentation');

// The way through the house, and what each room may know besides itself. Types flow against the way where one room
// hands a value to the next: a family's record and reduction are the ledger's, a verified list of pairs is a family's.
const ROOMS = [
  'forward',
  'receive',
  'verify',
  'feeds',
  'labels',
  'families',
  'ledger',
  'twilio-api',
  'self',
  'status',
  'config',
];

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  receive: ['verify', 'feeds', 'ledger', 'config', 'instrumentation'],
  // Refuses, reads and counts as the receiver does.
  forward: ['receive', 'verify', 'feeds', 'ledger', 'config', 'instrumentation'],
  verify: ['feeds'],
  feeds: ['families', 'ledger', 'instrumentation'],
  // What the configuration lets a feed read besides.
  labels: ['feeds', 'instrumentation'],
  families: ['ledger', 'instrumentation'],
  ledger: ['config', 'instrumentation'],
  // What it lists of messages and calls is compared with the ledger, and may be counted as what a feed tells; the accounts
  // that it discovers have keys.
  'twilio-api': ['verify', 'feeds', 'families', 'ledger', 'config', 'instrumentation'],
  self: ['instrumentation'],
  // What people are told of it.
  status: ['instrumentation'],
  // Which feeds and families there are, and what a label may hold.
  config: ['feeds', 'families', 'instrumentation'],
  // Looks at all that was put together.
  doctor: [...ROOMS, 'wiring', 'instrumentation', '.'],
  // Calls an agent from outside, and knows of the inside what a configuration says.
  simulator: ['config', 'instrumentation'],
  // Keeps what was verified, and makes the like of it again.
  recording: ['feeds', 'labels', 'families', 'instrumentation'],
  // What puts the rooms together, and what a user starts, know them all.
  wiring: [...ROOMS, 'instrumentation', '.'],
  commands: [...ROOMS, 'wiring', 'doctor', 'simulator', 'recording', 'instrumentation', '.'],
};

/** What every room may know. */
const SHARED = ['src/clock.ts', 'src/log.ts', 'src/rejection.ts', 'src/version.ts'];

const room = (path: string): string => {
  const [top = '', next = ''] = path.split('/');
  return top === 'src' ? (next.endsWith('.ts') ? '.' : next) : top;
};

describe('style: imports point one way', () => {
  it('there is something to look at', () => {
    expect(src.length).to.be.greaterThan(30);
    expect(src.flatMap(({ imports }) => imports).length).to.be.greaterThan(100);
    expect(Object.keys(MAY_IMPORT)).to.include.members(
      [...new Set(src.map(({ path }) => room(path)))].filter((name) => name !== '.'),
    );
  });

  it('instrumentation/ knows nothing of src/', () => {
    const wrong = instrumentation.flatMap(({ path, imports }) =>
      imports.filter((target) => !target.startsWith('instrumentation/')).map((target) => `${path} -> ${target}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('each room knows only the rooms after it', () => {
    const wrong = src.flatMap(({ path, imports }) => {
      const from = room(path);
      if (from === '.') return [];
      return imports
        .filter((target) => !SHARED.includes(target) && ![from, ...MAY_IMPORT[from]!].includes(room(target)))
        .map((target) => `${path} -> ${target}`);
    });
    expect(wrong).to.deep.equal([]);
  });

  it('no two files import each other in a circle, types apart', () => {
    const all = new Map([...src, ...instrumentation].map((source) => [source.path, source]));
    const values = ({ code, path }: Source) =>
      [...code.matchAll(/import (?!type )(?:[^;]*?from )?'(\.[^']+)'/g)]
        .filter(([statement]) => !/^import \{(?:\s*type [\w$]+,?)+\s*\}/.test(statement))
        .map(([, specifier]) => relative(ROOT, join(ROOT, dirname(path), specifier!)));
    const circles: string[] = [];
    const done = new Set<string>();
    const walk = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      if (done.has(path)) return;
      done.add(path);
      const source = all.get(path);
      for (const next of source ? values(source) : []) walk(next, [...trail, path]);
    };
    for (const path of all.keys()) walk(path, []);
    expect(circles).to.deep.equal([]);
  });
});

describe('style: the process', () => {
  // Who watches the process reads it, and no more than that.
  const ENTRY = ['src/main.ts', 'src/cli.ts', 'src/commands/run.ts', 'src/self/process.ts'];

  it('is touched by the entry point only', () => {
    const wrong = [...src, ...instrumentation]
      .filter(({ path }) => !ENTRY.includes(path))
      .filter(({ code }) => /(?<![\w.'"`/-])process\.|globalThis\.process|from 'node:process'/.test(code))
      .map(({ path }) => path);
    expect(wrong).to.deep.equal([]);
  });

  it('is timed by a clock that a test can move', () => {
    const wrong = src
      .filter(({ path, code }) => path !== 'src/clock.ts' && /Date\.now\(|new Date\(\)/.test(code))
      .map(({ path }) => path);
    expect(wrong).to.deep.equal([]);
  });
});

/** A table is as long as what it lists, and the only place that spells the names of metrics. */
const TABLES = /^instrumentation\/(?:metrics|error-codes)\/.+\.ts$/;

describe('style: metric names', () => {
  it('are spelt in the table only', () => {
    const names = METRIC_KEYS.flatMap((key) => [row(key).name, prometheusName(row(key))]).map((name) =>
      name.replaceAll('.', '\\.'),
    );
    const spelt = new RegExp(`['"\`{](?:${names.join('|')})['"\`{}]`);
    const wrong = [...src, ...instrumentation]
      .filter(({ path, code }) => !TABLES.test(path) && spelt.test(code))
      .map(({ path }) => path);
    expect(wrong).to.deep.equal([]);
  });
});

describe('style: size', () => {
  it('is small: half of the files have at most 80 lines, and none is a room of its own', () => {
    const lengths = [...src, ...instrumentation]
      .filter(({ path }) => !TABLES.test(path))
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .sort((a, b) => a.lines - b.lines);
    expect(lengths[Math.floor(lengths.length / 2)]!.lines).to.be.at.most(80);
    expect(lengths.filter(({ lines }) => lines > 400)).to.deep.equal([]);
  });
});
