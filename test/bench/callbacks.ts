import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { signature } from '../parameters.ts';

export const TOKEN = '0123456789abcdef0123456789abcdef';
export const PUBLIC_URL = 'https://otel.example.com/twilio';

/** The samples that the load is made of: 9 to 20 parameters. */
const MIX = [
  ['message', 'message-status.sent'],
  ['message', 'message-status.delivered'],
  ['message', 'message-status.whatsapp-undelivered'],
  ['call', 'call-status.completed'],
] as const;

/** One kind of callback: its path, and its body cut where its SID stands. */
interface Template {
  readonly path: string;
  readonly prefix: string;
  readonly parts: readonly string[];
}

const TEMPLATES: readonly Template[] = MIX.map(([family, name]) => {
  const file = new URL(`../fixtures/${family}/status.json`, import.meta.url);
  const { samples } = JSON.parse(readFileSync(file, 'utf8')) as { samples: { name: string; body: string }[] };
  const pairs = new URLSearchParams(samples.find((sample) => sample.name === name)!.body);
  // A signed time that is outside the ledger's window would be refused.
  if (pairs.has('Timestamp')) pairs.set('Timestamp', new Date().toUTCString().replace('GMT', '+0000'));
  const sid = pairs.get(family === 'message' ? 'MessageSid' : 'CallSid')!;
  return { path: `/webhooks/${family}`, prefix: sid.slice(0, 2), parts: pairs.toString().split(sid) };
});

/** Tells a generator which requests to send: the templates, and a list of distinct SIDs with their signatures. */
export interface Load {
  readonly templates: string;
  readonly list: string;
}

/** Writes `count` distinct callbacks, signed for the agent behind its public URL. */
export function writeLoad(folder: string, count: number): Load {
  mkdirSync(folder, { recursive: true });
  const load = { templates: `${folder}/templates`, list: `${folder}/list` };
  // A template is a line each: path, then the parts of its body.
  writeFileSync(load.templates, TEMPLATES.map(({ path, parts }) => [path, ...parts].join('\t')).join('\n'));
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const { path, prefix, parts } = TEMPLATES[i % TEMPLATES.length]!;
    const sid = prefix + randomBytes(16).toString('hex');
    const signed = signature(TOKEN, PUBLIC_URL + path, [...new URLSearchParams(parts.join(sid))]);
    lines.push(`${sid}\t${signed}`);
  }
  writeFileSync(load.list, lines.join('\n'));
  return load;
}
