/** The reference of configuration keys: `docs/configuration.md` between its markers. */
import { SECRET_KEY } from '../../src/config/schema.ts';
import { type Key, keysOf } from './keys.ts';
import { references } from './variables.ts';

const [BEGIN, END] = ['<!-- reference:begin -->', '<!-- reference:end -->'];

/** Each kind of component, and `service`, has a heading of its own. */
const SECTION = /^(?:(?:receivers|exporters|extensions)\.\w+|processors|service)$/;

const code = (text: string) => (text === '' ? '' : `\`${text}\``);
const codes = (texts: readonly string[]) => texts.map(code).join(', ');
const cells = (...texts: string[]) => `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
const table = (head: string[], rows: string[]) => [cells(...head), cells(...head.map(() => '---')), ...rows].join('\n');

function section({ path, meaning }: Key, keys: readonly Key[], variables: ReturnType<typeof references>): string {
  const rows = keys
    // A map that says nothing of itself is there for the sake of what it holds.
    .filter((key) => key.path.startsWith(`${path}.`) && (key.facts || key.meaning))
    .map(({ path: key, meaning, facts }) =>
      cells(
        code(key.slice(path.length + 1)),
        `${facts?.type ?? 'map'}${SECRET_KEY.test(key.split('.').at(-1)!) ? ', secret' : ''}`,
        code(facts?.fallback ?? ''),
        facts?.bounds ?? '',
        codes(variables.get(key)?.names ?? []),
        meaning,
      ),
    );
  const head = ['key', 'type', 'default', 'bounds', 'variable', 'meaning'];
  const text = meaning || 'No keys yet.';
  return `### \`${path}\`\n\n${text}\n${rows.length > 0 ? `\n${table(head, rows)}\n` : ''}`;
}

/** The variables of the environment, each once, with the key that it sets. */
function variableTable(keys: readonly Key[], variables: ReturnType<typeof references>): string {
  const told = new Set<string>();
  const rows = keys.flatMap(({ path, meaning }) => {
    const { names, fallback } = variables.get(path) ?? { names: [], fallback: '' };
    if (names.every((name) => told.has(name))) return [];
    for (const name of names) told.add(name);
    return [cells(codes(names), code(fallback), code(path), meaning)];
  });
  return table(['variable', 'default', 'key', 'meaning'], rows);
}

/** Every key, and every variable, as Markdown. */
export function referenceMarkdown(): string {
  const keys = keysOf();
  const variables = references();
  const sections = keys.filter(({ path }) => SECTION.test(path)).map((key) => section(key, keys, variables));
  return `<!-- Generated from src/config/schema and otel-config/agent.yaml by \`npm run docs\`. Do not edit. -->

## Variables

Where a row has two, the first that is set counts; of a secret and its \`_FILE\`, which names a file that holds it, only one
may be set.

${variableTable(keys, variables)}

## Keys

Durations are written as \`500ms\`, \`30s\`, \`5m\`, \`168h\` or \`7d\`, sizes as \`512B\`, \`64KiB\` or \`1MiB\`.
What is secret is masked wherever the configuration is printed.

${sections.join('\n')}`;
}

/** A page with the reference between its markers; throws when it has none. */
export function withReference(page: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`no ${BEGIN} and ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n${referenceMarkdown()}\n${page.slice(to)}`;
}
