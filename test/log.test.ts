import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { createLogger, EventLog, Throttle } from '../src/log.ts';
import { reject } from '../src/rejection.ts';

const MINUTE_MS = 60_000;

describe('the log', () => {
  let nowMs = 0;
  let lines: string[] = [];
  beforeEach(() => {
    nowMs = 0;
    lines = [];
  });
  const logger = (level: string, encoding: 'json' | 'console' = 'json') =>
    createLogger({ level, encoding, terminal: false }, sink());
  const sink = () =>
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
  const written = () => lines.map((line) => JSON.parse(line));

  it('is one JSON object a line, with time, level and words', () => {
    logger('info').warn({ subject: 'MessageSid' }, 'refused');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/\n$/);
    expect(written()[0]).to.include({ level: 'warn', msg: 'refused', subject: 'MessageSid' });
    expect(written()[0].time).to.match(/^\d{4}-\d{2}-\d{2}T.*Z$/);
    expect(written()[0], 'nothing about the machine').to.have.all.keys('level', 'time', 'msg', 'subject');
  });

  it('is readable when it is asked to be', async () => {
    logger('info', 'console').info('listens');
    while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(lines.join(''))
      .to.match(/INFO.*listens/)
      .and.not.match(/^\{/);
  });

  it('goes on where it cannot be written', function () {
    if (!existsSync('/dev/full')) this.skip();
    const file = new URL('../src/log.ts', import.meta.url).href;
    for (const encoding of ['json', 'console']) {
      const script = `
        const { createLogger } = await import(${JSON.stringify(file)});
        const log = createLogger({ level: 'info', encoding: '${encoding}', terminal: false });
        for (let i = 0; i < 3; i++) log.error('the disk is full');
        setTimeout(() => process.stderr.write('alive'), 50);`;
      const { status, stderr } = spawnSync(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '--eval', script],
        { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'], encoding: 'utf8' },
      );
      expect([encoding, status, stderr]).to.deep.equal([encoding, 0, 'alive']);
    }
  });

  it('says nothing below its level', () => {
    const log = logger('warn');
    log.info('quiet');
    log.error('loud');
    expect(written().map(({ msg }) => msg)).to.deep.equal(['loud']);
  });

  it('has at most one line for each reason and minute, and tells how many it held back', () => {
    const events = new EventLog(logger('info'), () => nowMs);
    for (let i = 0; i < 1_000; i++)
      events.refused(reject('signature_invalid', undefined, 'tried https://a'), 'message');
    events.refused(reject('missing_field', 'MessageSid'), 'message');
    expect(lines).to.have.length(2);
    nowMs = MINUTE_MS;
    events.refused(reject('signature_invalid', undefined, 'tried https://a'), 'message');
    expect(lines).to.have.length(3);
    const [first, second, third] = written();
    expect(first).to.include({ level: 'warn', detail: 'tried https://a' }).and.not.have.property('held_back');
    expect(first.msg).to.match(/^refused message: signature_invalid: .*PUBLIC_URL/);
    expect(second).to.include({ subject: 'MessageSid' });
    expect(third).to.include({ held_back: 999 });
  });

  it('holds nothing back for a reason that it would not have told', () => {
    const events = new EventLog(logger('warn'), () => nowMs);
    events.refused(reject('not_found'), undefined);
    expect(lines).to.deep.equal([]);
  });

  it('begins each minute of a reason anew', () => {
    const throttle = new Throttle(() => nowMs);
    const passes = [0, 1, MINUTE_MS - 1, MINUTE_MS, MINUTE_MS + 1, 3 * MINUTE_MS].map((at) => {
      nowMs = at;
      return throttle.pass('reason');
    });
    expect(passes).to.deep.equal([0, undefined, undefined, 2, undefined, 1]);
    expect(throttle.pass('another')).to.equal(0);
  });
});
