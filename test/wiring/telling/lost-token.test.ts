import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { lostToken } from '../../../src/wiring/telling/lost-token.ts';
import { load } from '../../config/room.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';

describe('wiring: a lost token, by the ledger that lies there', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lost-token-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const lost = (env: Record<string, string> = {}, sets: string[] = []) =>
    lostToken(load({ STORAGE_DIR: directory, ...env }, [], sets));
  const files = (...names: string[]) => {
    for (const name of names) writeFileSync(join(directory, name), '');
  };

  it('that of an agent with a token: named with both ways on', () => {
    files('CURRENT', 'LOCK', 'MANIFEST-000002', '000003.log');
    expect(lost()).to.equal(
      `ledger: ${directory} holds what an agent with a token has counted, but no auth token is set: set TWILIO_AUTH_TOKEN (an empty one is none), or ask for a local trial with --trial, which counts in ${directory}/trial`,
    );
  });

  it('what is left of one is one', () => {
    files('000005.ldb');
    expect(lost()).to.include('TWILIO_AUTH_TOKEN');
  });

  it('none, other files, or the ledger of a trial: nothing is lost', () => {
    expect(lost()).to.equal(undefined);
    files('notes.txt', 'LOG', 'LOCK');
    mkdirSync(join(directory, 'trial'));
    writeFileSync(join(directory, 'trial', 'CURRENT'), '');
    expect(lost()).to.equal(undefined);
    rmSync(join(directory, 'trial'), { recursive: true });
    expect(lost({ STORAGE_DIR: join(directory, 'nowhere') })).to.equal(undefined);
  });

  it('is no sign for an agent that has a token, needs none by name, or keeps its ledger in memory', () => {
    files('CURRENT');
    expect(lost({ TWILIO_AUTH_TOKEN: TOKEN })).to.equal(undefined);
    expect(lost({ TWILIO_ALLOW_UNSIGNED: 'true' })).to.equal(undefined);
    expect(lost({}, ['receivers.twilio.storage=memory'])).to.equal(undefined);
  });
});
