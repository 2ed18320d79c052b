import { expect } from 'chai';
import { isLoopback, isSigned, listenOn } from '../../src/config/listen.ts';
import { newSigner } from '../sendgrid.ts';
import { load } from './room.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const hosts = (env: Record<string, string>, sets: string[] = []) =>
  listenOn(load(env, [], sets).receivers.twilio).map(({ host, port }) => `${host} ${port}`);

describe('config: where the agent listens', () => {
  it('this machine only, while nothing is signed', () => {
    expect(hosts({})).to.deep.equal(['127.0.0.1 8080', '::1 8080']);
  });

  it('every address, with a token', () => {
    expect(hosts({ TWILIO_AUTH_TOKEN: TOKEN, PORT: '9000' })).to.deep.equal(['0.0.0.0 9000']);
  });

  it('every address, when unsigned callbacks are allowed', () => {
    expect(hosts({ TWILIO_ALLOW_UNSIGNED: 'true' })).to.deep.equal(['0.0.0.0 8080']);
  });

  it("every address, with SendGrid's key alone", () => {
    expect(hosts({ SENDGRID_PUBLIC_KEY: newSigner().shown })).to.deep.equal(['0.0.0.0 8080']);
  });

  it('where the endpoint says', () => {
    expect(hosts({}, ['receivers.twilio.endpoint=[::1]:7000'])).to.deep.equal(['::1 7000']);
  });

  it('knows loopback when it sees it', () => {
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1']) expect(isLoopback(host), host).to.equal(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '128.0.0.1']) {
      expect(isLoopback(host), host).to.equal(false);
    }
  });

  it('is signed by a token or by accounts', () => {
    expect(isSigned(load().receivers.twilio)).to.equal(false);
    expect(isSigned(load({ TWILIO_AUTH_TOKEN: TOKEN }).receivers.twilio)).to.equal(true);
    const accounts = `receivers: {twilio: {accounts: [{account_sid: AC${'0'.repeat(32)}, auth_tokens: [${TOKEN}]}]}}`;
    expect(isSigned(load({}, [accounts]).receivers.twilio)).to.equal(true);
  });

  it("is signed by a key of SendGrid's, unless unsigned callbacks are allowed beside it", () => {
    const key = { SENDGRID_PUBLIC_KEY: newSigner().shown };
    expect(isSigned(load(key).receivers.twilio)).to.equal(true);
    expect(isSigned(load({ ...key, TWILIO_ALLOW_UNSIGNED: 'true' }).receivers.twilio)).to.equal(false);
  });
});
