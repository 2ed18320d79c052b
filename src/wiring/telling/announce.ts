import type { Agent } from '../../agent.ts';
import { hasTwilioKeys, isSigned, listenOn, sendgridKeys } from '../../config/listen.ts';
import { withoutCredentials } from '../../config/problems.ts';
import { type Config, isTls, type TwilioConfig } from '../../config/schema.ts';
import { sendgrid } from '../../feeds/sendgrid.ts';
import { describeLedger, ledgerDirectory } from '../../ledger/open.ts';
import type { Logger } from '../../log.ts';
import { announceTwilioApi } from '../../twilio-api/receiver.ts';
import { VERSION } from '../../version.ts';
import { feedsOn, onlyCounts } from '../feeds-on.ts';
import { describeVerification } from '../verification.ts';
import { exposureWarnings } from './exposure.ts';

/** What an operator wants to know at start: where, what, how safe, what next. */
export function announce(agent: Agent, config: Config, log: Logger): void {
  const { twilio } = config.receivers;
  const hosts = listenOn(twilio).map(({ host }) => (host.includes(':') ? `[${host}]` : host));
  const origin = `${isTls(twilio.tls) ? 'https' : 'http'}://localhost:${agent.port}`;
  log.info(`twilio-otel-agent ${VERSION} listens on ${hosts.map((host) => `${host}:${agent.port}`).join(' and ')}`);
  const feeds = feedsOn(config);
  for (const { name, content } of feeds.filter((feed) => !onlyCounts(feed))) {
    const what = content === 'form' ? 'callbacks: POST or GET' : 'events: POST';
    log.info(`${what} ${origin}${twilio.path}/${name}`);
  }
  const others = feeds.filter(onlyCounts).map(({ name }) => name);
  if (others.length > 0) log.info(`callbacks: POST or GET ${origin}${twilio.path}/ also ${others.join(', ')}`);
  if (!feeds.includes(sendgrid)) log.info(`sendgrid: off, ${whyNoSendGrid(twilio)}`);
  for (const { path, to, family } of twilio.forward) {
    log.info(`in front: ${path} is passed on to ${to}, ${family === '' ? 'measured only' : `counted as ${family}`}`);
  }
  const { prometheus } = config.exporters;
  const { exporters } = config.service.pipelines.metrics;
  if (!exporters.includes('prometheus'))
    log.warn('no scrape page: service.pipelines.metrics.exporters does not name prometheus');
  else log.info(`metrics: GET ${prometheus.endpoint ? scrapeOrigin(prometheus, agent) : origin}${prometheus.path}`);
  log.info(`health: GET ${origin}/health /ready /live`);
  for (const id of exporters.filter((id) => id.startsWith('otlp'))) {
    const otlp = config.exporters.otlp[id];
    const on = otlp && (otlp.metrics_endpoint || otlp.endpoint);
    log.info(
      on
        ? `${id}: pushes by ${otlp.protocol} every ${otlp.interval / 1_000} s`
        : `${id}: off, no endpoint (OTEL_EXPORTER_OTLP_ENDPOINT)`,
    );
  }
  for (const [id, otlp] of Object.entries(config.exporters.otlp)) {
    if ((otlp.metrics_endpoint || otlp.endpoint) && !exporters.includes(id))
      log.warn(`${id}: off, service.pipelines.metrics.exporters does not name it`);
  }
  announceTwilioApi(config, log);
  log[hasTwilioKeys(twilio) ? 'info' : 'warn'](`signatures: ${describeVerification(twilio)}`);
  if (twilio.storage === 'memory') log.warn(`ledger: ${describeLedger(config)}`);
  else log.info(`ledger: ${ledgerDirectory(config, !isSigned(twilio))}, ${describeLedger(config)}`);
  for (const warning of exposureWarnings(config)) log.warn(warning);
  log.info(`next: ${nextStep(twilio, origin)}`);
}

const whyNoSendGrid = (twilio: TwilioConfig): string =>
  sendgridKeys(twilio).length > 0
    ? 'receivers.twilio.families.sendgrid.enabled is false'
    : "no public key: set SENDGRID_PUBLIC_KEY to the verification key of SendGrid's Signed Event Webhook";

const scrapeOrigin = ({ tls }: Config['exporters']['prometheus'], agent: Agent): string =>
  `${isTls(tls) ? 'https' : 'http'}://localhost:${agent.metricsPort}`;

function nextStep(twilio: TwilioConfig, origin: string): string {
  if (!isSigned(twilio)) {
    return `./test_webhooks.sh ${origin} plays messages, calls and events; then set TWILIO_AUTH_TOKEN and PUBLIC_URL`;
  }
  const publicUrl = withoutCredentials(twilio.public_urls[0] ?? '<your public URL>').replace(/\/+$/, '');
  const at = `${publicUrl}${twilio.path}`;
  if (!hasTwilioKeys(twilio)) return `give SendGrid the URL ${at}/sendgrid for its Event Webhook`;
  return `give Twilio the status callback URL ${at}/message#rc=3&rp=all, or Event Streams a sink at ${at}/events`;
}
