import { expect } from 'chai';
import { nameOf } from '../../src/doctor/twilio/names.ts';

const CASES: readonly (readonly [name: unknown, index: number, told: string])[] = [
  ['Support line', 0, '"Support line"'],
  ['OTP (EU) 2', 0, '"OTP (EU) 2"'],
  ['Störung', 0, '"Störung"'],
  ['(415) 555-0123', 0, '1st in the list'],
  ['+14155550123', 1, '2nd in the list'],
  ['Main 5550123', 2, '3rd in the list'],
  [`MG${'a'.repeat(32)}`, 3, '4th in the list'],
  ['jane@example.com', 10, '11th in the list'],
  ['sip:office.example', 20, '21st in the list'],
  ['x'.repeat(41), 111, '112th in the list'],
  ['', 0, '1st in the list'],
  [null, 0, '1st in the list'],
];

describe('doctor: how a resource is told', () => {
  for (const [name, index, told] of CASES) {
    it(`${JSON.stringify(name)}: ${told}`, () => expect(nameOf(name, index)).to.equal(told));
  }
});
