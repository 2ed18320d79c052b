import { hasTwilioKeys, isLoopback, isSigned } from '../../config/listen.ts';
import { lostToken } from '../../wiring/telling/lost-token.ts';
import type { Check } from '../check.ts';
import { ok, problem, type Said, warning } from '../finding.ts';
import type { Room } from '../room.ts';

const SET_URL = 'set PUBLIC_URL to exactly what stands before /webhooks/... in the URL that Twilio calls';

/** What is laid over what, and settings that load but will not do what an operator means. */
export const configuration: Check = {
  name: 'configuration',
  async run(room) {
    return [ok(room.layers), ...tokens(room), ...addresses(room), ...ways(room)];
  },
};

function* tokens({ config, trial }: Room): Iterable<Said> {
  const { twilio } = config.receivers;
  if (isSigned(twilio)) return;
  const lost = trial ? undefined : lostToken(config);
  if (lost) yield problem('no auth token is set where one was', lost.replace(/^.*?: set /, 'set '));
  else if (twilio.allow_unsigned) {
    yield problem(
      'callbacks are accepted unsigned from anywhere: anybody can make up numbers',
      'set TWILIO_AUTH_TOKEN and take TWILIO_ALLOW_UNSIGNED away',
    );
  } else yield warning('no auth token: a local trial, which refuses what Twilio sends', 'set TWILIO_AUTH_TOKEN');
}

function* addresses({ config }: Room): Iterable<Said> {
  const { twilio } = config.receivers;
  if (!hasTwilioKeys(twilio)) return;
  if (twilio.public_urls.length === 0) {
    yield warning('PUBLIC_URL is not set: the signed URL is taken from the Host of each request', SET_URL);
  }
  const plain = twilio.public_urls.filter((url) => {
    const { protocol, hostname } = new URL(url);
    return protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''));
  });
  if (plain.length > 0) {
    yield warning(
      'PUBLIC_URL begins with http: numbers and texts travel in the clear',
      'give the agent an https URL, at Twilio and in PUBLIC_URL alike',
    );
  }
}

function* ways({ config }: Room): Iterable<Said> {
  const { metrics } = config.service.pipelines;
  const pushes = metrics.exporters.some((id) => {
    const otlp = config.exporters.otlp[id];
    return otlp && (otlp.endpoint || otlp.metrics_endpoint);
  });
  if (!pushes && !metrics.exporters.includes('prometheus')) {
    yield problem(
      'no metric leaves: the pipeline names no exporter that has somewhere to go',
      'name prometheus in service.pipelines.metrics.exporters, or set OTEL_EXPORTER_OTLP_ENDPOINT',
    );
  }
}
