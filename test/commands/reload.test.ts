import { expect } from 'chai';
import pino from 'pino';
import { reload } from '../../src/commands/reload.ts';
import type { Loaded } from '../../src/config/load.ts';
import type { Reload } from '../../src/wiring/reload.ts';
import { load } from '../config/room.ts';
import { told } from '../told.ts';

const config = load({});
const good: Loaded = { config, effective: {}, problems: [] };
const agent = (taken: string[], restart: string[]) => ({ reload: (): Reload => ({ config, taken, restart }) });

const CASES: readonly (readonly [name: string, load: () => Loaded, agent: ReturnType<typeof agent>, said: string[]])[] =
  [
    ['nothing changed', () => good, agent([], []), ['info reload: nothing to take over']],
    ['some is taken over', () => good, agent(['a.b', 'c'], []), ['info reload: taken over: a.b, c']],
    [
      'some waits for a restart, which one line names',
      () => good,
      agent([], ['x.y', 'z']),
      ['info reload: nothing to take over', 'warn reload: only a restart takes over: x.y, z'],
    ],
    [
      'another account is to be read: that waits for a restart, and a line says why',
      () => good,
      agent([], ['receivers.twilio_api.accounts.1.name', 'receivers.twilio_api.accounts.1.account_sid']),
      [
        'info reload: nothing to take over',
        'warn reload: only a restart takes over: receivers.twilio_api.accounts.1.name, receivers.twilio_api.accounts.1.account_sid',
        'warn reload: receivers.twilio_api.accounts: which accounts are read, and by which names, is what their series are told apart by as long as the agent runs',
      ],
    ],
    [
      'a broken configuration: every problem is told, and nothing is given to the agent',
      () => ({
        problems: [
          { path: 'a', message: 'is wrong' },
          { path: 'b', message: 'too' },
        ],
      }),
      {
        reload: () => {
          throw new Error('was given a broken configuration');
        },
      },
      [
        'error reload: the configuration has 2 problems: all stays as it was',
        'error reload: a: is wrong',
        'error reload: b: too',
      ],
    ],
    [
      'what nobody thought of does not end the process',
      () => {
        throw new Error('no such thing');
      },
      agent([], []),
      ['error reload: all stays as it was: no such thing'],
    ],
  ];

describe('commands: reload', () => {
  for (const [name, load, running, said] of CASES) {
    it(name, async () => {
      const lines: string[] = [];
      const write = (line: string) => {
        const { level, msg } = JSON.parse(told(line));
        lines.push(`${level} ${msg}`);
      };
      const log = pino({ formatters: { level: (label) => ({ level: label }) } }, { write });
      await reload({ load, log, started: Promise.resolve(running) });
      expect(lines).to.deep.equal(said);
    });
  }
});
