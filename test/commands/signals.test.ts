import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import pino from 'pino';
import { reloadOnSignal, stopOnSignal } from '../../src/commands/signals.ts';

const STOP = 'stop';
const LEAVE = 'leave';

type Sent = readonly [signal: NodeJS.Signals, atMs: number];
const CASES: readonly (readonly [name: string, sent: readonly Sent[], done: readonly string[]])[] = [
  ['one SIGTERM', [['SIGTERM', 0]], [STOP]],
  ['one SIGINT', [['SIGINT', 0]], [STOP]],
  [
    'one Ctrl-C on npm start, which is two SIGINTs',
    [
      ['SIGINT', 0],
      ['SIGINT', 3],
    ],
    [STOP],
  ],
  [
    'three SIGINTs within a second',
    [
      ['SIGINT', 0],
      ['SIGINT', 3],
      ['SIGINT', 999],
    ],
    [STOP],
  ],
  [
    'another Ctrl-C a second later: who insists is obeyed',
    [
      ['SIGINT', 0],
      ['SIGINT', 3],
      ['SIGINT', 1_000],
    ],
    [STOP, LEAVE],
  ],
  [
    'two SIGTERMs, which no terminal doubles',
    [
      ['SIGTERM', 0],
      ['SIGTERM', 3],
    ],
    [STOP, LEAVE],
  ],
  [
    'Ctrl-C while SIGTERM is under way',
    [
      ['SIGTERM', 0],
      ['SIGINT', 3],
    ],
    [STOP, LEAVE],
  ],
  [
    'SIGTERM while Ctrl-C is under way',
    [
      ['SIGINT', 0],
      ['SIGTERM', 3],
    ],
    [STOP, LEAVE],
  ],
];

describe('commands: signals', () => {
  for (const [name, sent, expected] of CASES) {
    it(`${name}: ${expected.join(', then ')}`, () => {
      const signals = new EventEmitter() as unknown as NodeJS.Process;
      const done: string[] = [];
      let nowMs = 5_000;
      stopOnSignal({
        signals,
        log: pino({ level: 'silent' }),
        monotonicMs: () => nowMs,
        stop: () => done.push(STOP),
        leave: () => done.push(LEAVE),
      });
      for (const [signal, atMs] of sent) {
        nowMs = 5_000 + atMs;
        signals.emit(signal, signal);
      }
      expect(done).to.deep.equal(expected);
    });
  }

  it('each SIGHUP asks for a reload', () => {
    const signals = new EventEmitter() as unknown as NodeJS.Process;
    let asked = 0;
    reloadOnSignal({ signals, reload: () => asked++ });
    for (const signal of ['SIGHUP', 'SIGTERM', 'SIGHUP'] as const) signals.emit(signal, signal);
    expect(asked).to.equal(2);
  });
});
