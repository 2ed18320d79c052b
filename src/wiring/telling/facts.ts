import type { Config } from '../../config/schema.ts';
import type { Feed } from '../../feeds/feed.ts';
import { describeLedger } from '../../ledger/open.ts';
import { describeTwilioApi } from '../../twilio-api/receiver.ts';
import { describeVerification } from '../verification.ts';

/** What the first page tells a person; nothing of it is secret. */
export function facts(config: Config, feeds: ReadonlyMap<string, Feed>): [name: string, value: string][] {
  const { twilio } = config.receivers;
  const paths = (kind: Feed['content']) =>
    [...feeds].flatMap(([path, { content }]) => (content === kind ? [path] : []));
  return [
    ['signatures', describeVerification(twilio)],
    // No links: a click is a request, and would count as a callback that is refused.
    ['callbacks', `POST or GET ${paths('form').join(', ')}`],
    ['events', `POST ${paths('json').join(', ')}`],
    // Where they lead is nobody's business who sees this page.
    ...(twilio.forward.length > 0
      ? [['in front of the application at', twilio.forward.map(({ path }) => path).join(', ')] as [string, string]]
      : []),
    ['public URLs', twilio.public_urls.length > 0 ? 'configured' : 'not configured: taken from each request'],
    ['ledger', describeLedger(config)],
    ['exporters', exportersOn(config).join(', ') || 'none'],
    ["Twilio's REST API", describeTwilioApi(config)],
  ];
}

/** The exporters that the pipeline names and that have somewhere to go. */
export function exportersOn({ exporters, service }: Config): string[] {
  return service.pipelines.metrics.exporters.filter((id) => {
    const otlp = exporters.otlp[id];
    return id === 'prometheus' || (otlp && (otlp.endpoint || otlp.metrics_endpoint));
  });
}
