import { type Config, isTls } from '../schema.ts';
import { readCertificates } from './certificates.ts';
import type { RuleProblem } from './rules.ts';

const of = (path: string, message: string, ...reads: string[]): RuleProblem => ({ path, message, reads });

/** What must hold for the certificates of the agent's own ports. */
export function* doorCertificates({ receivers: { twilio }, exporters: { prometheus } }: Config): Iterable<RuleProblem> {
  const doors = [
    ['receivers.twilio.tls', twilio.tls],
    ['exporters.prometheus.tls', prometheus.tls],
  ] as const;
  for (const [path, tls] of doors) {
    const reads = ['cert_file', 'key_file'].map((name) => `${path}.${name}`);
    for (const { name, message } of readCertificates(tls).problems) yield of(`${path}.${name}`, message, ...reads);
  }
  if (isTls(prometheus.tls) && prometheus.endpoint === '') {
    const message =
      "needs exporters.prometheus.endpoint: on the receiver's port it is receivers.twilio.tls that counts";
    yield of('exporters.prometheus.tls', message, 'exporters.prometheus.endpoint');
  }
}

/** What must hold for what the scrape page asks for. */
export function* scrapeSecrets({ exporters: { prometheus } }: Config): Iterable<RuleProblem> {
  const { basic_auth: basic, bearer_token: bearer } = prometheus;
  const path = 'exporters.prometheus';
  if ((basic.username === '') !== (basic.password === '')) {
    const [absent, present] = basic.username === '' ? ['username', 'password'] : ['password', 'username'];
    yield of(`${path}.basic_auth.${absent}`, `is needed beside ${present}`, `${path}.basic_auth.${present}`);
  }
  if (bearer !== '' && basic.username !== '') {
    const message = 'stands beside basic_auth: who scrapes can send one of them only';
    yield of(`${path}.bearer_token`, message, `${path}.basic_auth.username`);
  }
}
