import { addForm, fixtures, Secrets } from './privacy.ts';
import { BODY, FROM, OTHER_TOKEN, TO, TOKEN } from './receive/support/wire.ts';

/** Every line that an agent told in this run, to its log, in an answer or on a page. */
const lines = keptInProcess();

/** One set, although mocha's `require` and a test's `import` may each load this file. */
function keptInProcess(): Set<string> {
  const holder = globalThis as { agentsTold?: Set<string> };
  holder.agentsTold ??= new Set();
  return holder.agentsTold;
}

/** Remembers what an agent told, so that the whole run can be looked through at its end. */
export function told<Text extends string | Buffer>(text: Text): Text {
  for (const line of String(text).split('\n')) lines.add(line.replace(SAMPLE, '$1'));
  return text;
}

/** A line of a scrape page: its value changes all the time and is not a text. */
const SAMPLE = /^([a-z]\w*(?:\{.*\})?) [\d.e+-]+$/i;

/** What no test needs to have sent by these very values: SIDs of messages, media and calls, and signatures. */
const PATTERNS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['a SID', /\b(?:SM|MM|ME|CA|PN|RE)[0-9a-f]{32}\b/],
  ['a number', /(?:\+|%2B)1\d{10}\b/i],
  ['a signature', /(?<![\w+/])[\w+/]{27}=(?!=)/],
];

/** What a whole run must not have told: the names of the values, each with the line that holds it. */
export function leaks(text: readonly string[]): string[] {
  const secrets = new Secrets();
  const constants = { 'auth token': TOKEN, 'another token': OTHER_TOKEN, To: TO, From: FROM, Body: BODY };
  for (const [name, value] of Object.entries(constants)) secrets.add(name, value);
  for (const bodies of fixtures().values()) for (const body of bodies) addForm(secrets, body);
  const found: string[] = [];
  for (const line of text) {
    const names = [
      ...secrets.found(line),
      ...PATTERNS.filter(([, pattern]) => pattern.test(line)).map(([name]) => name),
    ];
    if (names.length > 0) found.push(`${names.join(', ')}: ${line.slice(0, 300)}`);
  }
  return found;
}

/** For every lane: the run fails when anything private came out of an agent in any of its tests. */
export const mochaHooks = {
  afterAll(): void {
    const found = leaks([...lines]);
    if (found.length > 0) throw new Error(`told by an agent:\n${found.slice(0, 20).join('\n')}`);
    if (process.env['TOLD']) console.log(`  ${lines.size} lines that agents told: nothing private among them`);
  },
};
