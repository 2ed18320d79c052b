import { expect } from 'chai';
import { Routes, targetOf } from '../../src/forward/routes.ts';
import { load } from '../config/room.ts';
import { ManualClock } from '../manual-clock.ts';

describe('forward: what is asked for at the application', () => {
  const ROWS: readonly (readonly [path: string, to: string, asked: string, target: string])[] = [
    ['/twilio/status', 'http://app:3000', '/twilio/status?a=b', '/twilio/status?a=b'],
    ['/twilio/status', 'http://app:3000/hooks/sms', '/twilio/status?a=b', '/hooks/sms?a=b'],
    ['/twilio/status', 'http://app:3000/', '/twilio/status?', '/?'],
    ['/twilio/*', 'http://app:3000', '/twilio/x//y%2Fz;a?b', '/twilio/x//y%2Fz;a?b'],
    ['/twilio/*', 'http://app:3000', '/twilio/', '/twilio/'],
    ['/twilio/*', 'http://app:3000/', '/twilio/x', '/x'],
    ['/twilio/*', 'http://app:3000/hooks', '/twilio/x?y', '/hooks/x?y'],
    ['/twilio/*', 'http://app:3000/hooks/', '/twilio//x', '/hooks//x'],
    ['/*', 'https://app', '/anything', '/anything'],
    ['/*', 'https://app/base', '/', '/base/'],
  ];
  for (const [path, to, asked, target] of ROWS) {
    it(`${path} to ${to}: ${asked} becomes ${target}`, () => expect(targetOf(path, to)(asked)).to.equal(target));
  }
});

describe('forward: whose a path is', () => {
  const paths = ['/a/b', '/a/*', '/a/b/c/*', '/a/b/*', '/x'];
  const forward = paths.map((path) => ({ path, to: 'http://app' }));
  const routes = new Routes(
    load({}, [JSON.stringify({ receivers: { twilio: { forward } } })]).receivers.twilio.forward,
    new ManualClock(),
  );
  const ROWS: readonly (readonly [asked: string, path: string | undefined])[] = [
    ['/a/b', '/a/b'],
    ['/a/b/', '/a/b/*'],
    ['/a/b/c', '/a/b/*'],
    ['/a/b/c/d', '/a/b/c/*'],
    ['/a/', '/a/*'],
    ['/a', undefined],
    ['/ab', undefined],
    ['/x', '/x'],
    ['/x/', undefined],
    ['/A/b', undefined],
    ['/a%2Fb', undefined],
    ['//a/b', undefined],
  ];
  for (const [asked, path] of ROWS) {
    it(`${asked} is ${path ? `that of ${path}` : 'of none'}`, () => expect(routes.find(asked)?.path).to.equal(path));
  }
});
