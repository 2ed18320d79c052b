import { hasTwilioKeys, isLoopback, listenOn } from '../../config/listen.ts';
import type { Config } from '../../config/schema.ts';
import { isGuarded } from '../../receive/pages/scrape-auth.ts';

/** What an operator should look at before others reach the agent. */
export function exposureWarnings({ receivers: { twilio }, exporters, service }: Config): string[] {
  const warnings: string[] = [];
  const open = listenOn(twilio).some(({ host }) => !isLoopback(host));
  if (open && exporters.prometheus.endpoint === '' && !isGuarded(exporters.prometheus)) {
    const scraped = service.pipelines.metrics.exporters.includes('prometheus');
    const pages = scraped ? `${exporters.prometheus.path} and / stand` : '/ stands';
    warnings.push(
      `${pages} on the public port: let your proxy forward ${twilio.path}/ only, or set exporters.prometheus.endpoint`,
    );
  }
  const known =
    twilio.public_urls.length > 0 ||
    Object.values(twilio.families).every(({ public_urls }) => public_urls?.length !== 0);
  if (hasTwilioKeys(twilio) && !known && twilio.trusted_proxies.length === 0) {
    warnings.push(
      'PUBLIC_URL is not set: the URL that Twilio signed is taken from the Host of each request, so behind a proxy with TLS every callback is refused (401): set it to the URL that Twilio calls',
    );
  }
  return warnings;
}
