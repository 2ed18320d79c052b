/** The blocks of code on the pages, and what the comment before each says about running it. */
import { PAGES, read } from './pages.ts';

/** How a block of commands is run. */
export interface Run {
  /** Whether an agent runs meanwhile, or ran before and left its ledger. */
  readonly agent?: 'beside' | 'after';
  /** The block ends in a server: it has started once this URL answers, and is stopped then. */
  readonly until?: string;
}

export interface Block {
  readonly page: string;
  /** Where it begins. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The text of the comment on the line before it. */
  readonly comment: string;
}

const NOT_RUN = /^not run: \S.{9,}$/;
const RUN = /^run(?:: (?:(beside|after) an agent)?(?:, )?(?:until (http:\S+) answers)?)?$/;

/** What to do with a block; `undefined` when its comment says neither. */
export function instruction({ comment }: Pick<Block, 'comment'>): Run | 'not run' | undefined {
  if (NOT_RUN.test(comment)) return 'not run';
  const [said, agent, until] = RUN.exec(comment) ?? [];
  if (said === undefined) return undefined;
  return { ...(agent ? { agent: agent as 'beside' | 'after' } : {}), ...(until ? { until } : {}) };
}

/** The blocks of a page with a language; one without is text to read. */
export function blocksOf(page: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const [, indent, language] = /^( *)```(\w*)$/.exec(lines[i]!) ?? [];
    if (language === undefined) continue;
    const begin = i;
    const end = lines.indexOf(`${indent}\`\`\``, begin + 1);
    if (end === -1) throw new Error(`${page}:${begin + 1}: a block without an end`);
    i = end;
    if (language === '') continue;
    const text = lines.slice(begin + 1, end).map((line) => `${line.slice(indent!.length)}\n`);
    const [, comment = ''] = /^ *<!-- (.*) -->$/.exec(lines[begin - 1] ?? '') ?? [];
    blocks.push({ page, line: begin + 1, language, text: text.join(''), comment });
  }
  return blocks;
}

export const BLOCKS: readonly Block[] = PAGES.flatMap((page) => blocksOf(page, read(page)));

/** The blocks of a page in one language. */
export const blocksIn = (language: string, page?: string): Block[] =>
  BLOCKS.filter((block) => block.language === language && (page === undefined || block.page === page));

/** What the pages show of nginx: the end-to-end tests put each block before an agent. */
export const NGINX = { production: 'docs/production.md', mirror: 'docs/connect-twilio.md' } as const;

/** The files that a page shows: a block of YAML whose first line is `# name.yaml`. */
export function filesOn(page: string): Map<string, string> {
  const named = blocksIn('yaml', page).map(({ text }) => [/^# ([\w-]+\.yaml)\n/.exec(text)?.[1], text] as const);
  return new Map(named.filter((entry): entry is [string, string] => entry[0] !== undefined));
}
