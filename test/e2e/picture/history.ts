import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentProcess, callStatus, freshSid, messageStatus, promtool, signedPost } from '../support/servers.ts';

/** How long the traffic is said to have gone on; each minute of it is played in a fraction of a second. */
export const MINUTES = 360;
const INCIDENT = { from: 205, to: 245 };
const CODES = ['30003', '30003', '30007', '30003', '30005', '30008', '30003', '21610'] as const;

/** The same numbers each time, so that the picture changes only when what it shows does. */
function* numbers(): Generator<number, never> {
  for (let state = 20_261_014; ; state = (state * 1_103_515_245 + 12_345) % 2 ** 31) yield state / 2 ** 31;
}

type Post = (family: string, params: Readonly<Record<string, string>>, token?: string) => Promise<unknown>;

/** The callbacks of one minute: messages of which some fail, many in the incident; calls; now and then a forged one. */
async function play(minute: number, chance: () => number, post: Post): Promise<void> {
  const broken = minute >= INCIDENT.from && minute < INCIDENT.to;
  const wave = Math.sin((minute / MINUTES) * 2 * Math.PI - 1);
  const message = async () => {
    const sid = freshSid('SM');
    await post('message', messageStatus(sid, 'sent'));
    const code = CODES[Math.floor(chance() * CODES.length)]!;
    if (chance() < (broken ? 0.4 : 0.015))
      await post('message', messageStatus(sid, 'undelivered', { ErrorCode: code }));
    else await post('message', messageStatus(sid, 'delivered'));
  };
  const call = async () => {
    const sid = freshSid('CA');
    const luck = chance();
    await post('call', callStatus(sid, 'ringing'));
    await post(
      'call',
      callStatus(sid, luck < 0.8 ? 'completed' : luck < 0.9 ? 'no-answer' : luck < 0.97 ? 'busy' : 'failed'),
    );
  };
  const messages = Math.round(20 + 9 * wave + 4 * chance());
  for (let i = 0; i < messages; i++) await message();
  for (let i = 0; i < 3; i++) await call();
  if (minute % 120 === 60) await post('message', messageStatus(freshSid('SM'), 'sent'), 'a-token-of-somebody-else');
}

/** Series of a page that the pictures need, with what Prometheus would know of their target. */
const NEEDED = /^(twilio_(?:message|call|agent_callbacks)\w*)(?:\{([^}]*)\})? (\S+)$/gm;
const TARGET = 'job="twilio-otel-agent",instance="agent:8080"';

/** Plays the traffic, and writes the agent's own page after each of its minutes as one scrape into a database of Prometheus. */
export async function recordHistory(agent: AgentProcess, endSeconds: number, database: string): Promise<void> {
  const random = numbers();
  const post: Post = async (family, params, token) =>
    signedPost(`${agent.url}/webhooks/${family}`, params, token === undefined ? {} : { token });
  const lines: string[] = [];
  for (let minute = 0; minute <= MINUTES; minute++) {
    const at = endSeconds - (MINUTES - minute) * 60;
    for (const [, name, labels, value] of (await agent.metrics()).matchAll(NEEDED)) {
      lines.push(`${name}{${labels ? `${labels},` : ''}${TARGET}} ${value} ${at}`);
    }
    if (minute < MINUTES) await play(minute, () => random.next().value, post);
  }
  const file = join(database, 'history.om');
  writeFileSync(file, `${lines.join('\n')}\n# EOF\n`);
  const { code, stderr } = await promtool(['tsdb', 'create-blocks-from', 'openmetrics', file, join(database, 'tsdb')]);
  if (code !== 0) throw new Error(stderr);
}
