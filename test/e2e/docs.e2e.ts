import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Block, blocksIn, filesOn, instruction, type Run } from '../docs/blocks.ts';
import { Clone } from './support/clone.ts';
import { freePort, tool } from './support/servers.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from './support/twilio.ts';

/** Ports that the pages name, each of which becomes a free one. */
const PORTS = ['8080', '9000', '9090', '4318', '4317'];
const AGENT = 'node dist/src/main.js';
const READY = 'http://localhost:8080/ready';

/** The values that the pages leave out. */
const filledIn = (commands: string): string =>
  commands
    .replaceAll('TWILIO_ACCOUNT_SID=AC...', `TWILIO_ACCOUNT_SID=${ACCOUNT_SID}`)
    .replaceAll('TWILIO_AUTH_TOKEN=...', `TWILIO_AUTH_TOKEN=${AUTH_TOKEN}`);

async function freshClone(): Promise<Clone> {
  const ports = new Map<string, number>();
  for (const port of PORTS) ports.set(port, await freePort());
  const clone = new Clone(ports);
  return clone;
}

/** Prometheus takes its port from the command line, where the pages say nothing of it. */
const providePrometheus = async (clone: Clone) =>
  clone.command(
    'prometheus',
    `exec "${await tool('prometheus')}" --web.listen-address=${clone.here('127.0.0.1:9090')} "$@"`,
  );

/** Runs a block as its comment says; resolves with what it wrote, and the clone in which it did. */
async function play({ page, text }: Block, { agent, until }: Run): Promise<{ output: string; clone: Clone }> {
  const clone = await freshClone();
  for (const [name, yaml] of filesOn(page)) clone.write(name, yaml);
  if (/^prometheus /m.test(text)) await providePrometheus(clone);
  const commands = filledIn(text);
  if (agent === 'beside') {
    let output = '';
    await clone.run(AGENT, READY, async () => (output = await clone.run(commands, until)));
    return { output, clone };
  }
  if (agent === 'after') await clone.run(AGENT, READY);
  return { output: await clone.run(commands, until), clone };
}

describe('docs: commands', () => {
  for (const block of blocksIn('sh')) {
    const how = instruction(block);
    if (how === undefined || how === 'not run') continue;
    it(`of ${block.page}:${block.line} do what they say`, async () => {
      const { output } = await play(block, how);
      // Whoever checks a value by eye would see it here.
      if (block.text.includes('twilio_messages_delivered_total')) {
        expect(output).to.match(/^twilio_messages_delivered_total 1$/m);
      }
    });
  }

  it('of Prometheus leave the folder of the ledger alone', async () => {
    const block = blocksIn('sh', 'docs/backends.md').find(({ text }) => text.startsWith('prometheus '))!;
    const { clone } = await play(block, instruction(block) as Run);
    expect(existsSync(join(clone.folder, 'data'))).to.equal(false);
  });

  it('that fail are noticed, and so is a server that does not stay', async () => {
    const clone = await freshClone();
    for (const [commands, until, said] of [
      ['false\ntrue', undefined, /ended with 1/],
      ['echo no | grep yes\ntrue', undefined, /ended with 1/],
      ['exit 3', READY, /ended with 3 instead of serving/],
    ] as const) {
      const failure = await clone.run(commands, until).then(
        () => undefined,
        (error: Error) => error.message,
      );
      expect(failure).to.match(said);
    }
  });
});
