import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { signature } from '../parameters.ts';
import { type Load, PUBLIC_URL, TOKEN } from './callbacks.ts';

export const IN_BATCH = 100;

/** The same facts as those of the callbacks: of four events, three tell of a message and one of a call. */
const MIX = [
  ['SM', 'event-streams.message-sent-object'],
  ['SM', 'event-streams.message-failed-code-text'],
  ['SM', 'event-streams.message-sent-object'],
  ['CA', 'event-streams.call-completed'],
] as const;

/** One event: the prefix of the SID that it names, and its text cut where that SID, its id and its times stand. */
interface Template {
  readonly prefix: string;
  readonly parts: readonly string[];
}

const FILE = new URL('../fixtures/events/event-streams.json', import.meta.url);
const { samples } = JSON.parse(readFileSync(FILE, 'utf8')) as { samples: { name: string; body: string }[] };

const TEMPLATES: readonly Template[] = MIX.map(([prefix, name]) => {
  const found = JSON.parse(samples.find((sample) => sample.name === name)!.body);
  const [event] = Array.isArray(found) ? found : [found];
  const { data } = event;
  // Times that are outside the ledger's window would be refused.
  event.time = new Date().toISOString();
  if (prefix === 'SM') data.timestamp = new Date().toISOString();
  else data.request.parameters.Timestamp = new Date().toUTCString().replace('GMT', '+0000');
  const sid = prefix === 'SM' ? data.messageSid : data.request.parameters.CallSid;
  const text = JSON.stringify(event).replaceAll(sid, '\0sid').replaceAll(event.id, '\0id');
  return { prefix, parts: text.split('\0') };
});

function eventText({ prefix, parts }: Template): string {
  const digits = randomBytes(16).toString('hex');
  const [first, ...rest] = parts;
  return (
    first +
    rest
      .map((part) => (part.startsWith('sid') ? prefix + digits + part.slice(3) : `EZ${digits}${part.slice(2)}`))
      .join('')
  );
}

/** Writes `count` batches of distinct events, a line each: target, signature, body. */
export function writeBatches(folder: string, count: number): Load {
  mkdirSync(folder, { recursive: true });
  const load = { templates: `${folder}/none`, list: `${folder}/batches` };
  writeFileSync(load.templates, '');
  const lines = Array.from({ length: count }, () => {
    const body = `[${Array.from({ length: IN_BATCH }, (_, i) => eventText(TEMPLATES[i % TEMPLATES.length]!)).join(',')}]`;
    const target = `/webhooks/events?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
    return `${target}\t${signature(TOKEN, PUBLIC_URL + target)}\t${body}`;
  });
  writeFileSync(load.list, lines.join('\n'));
  return load;
}
