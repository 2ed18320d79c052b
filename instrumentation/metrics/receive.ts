import type { MetricRows } from './row.ts';

/** Seconds; the boundaries that the semantic conventions advise for HTTP durations. */
const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;

/** What reaches the agent, and what becomes of it. */
export const RECEIVE_METRICS = {
  contradictions: {
    name: 'twilio.agent.contradictions',
    kind: 'counter',
    unit: '{event}',
    help: 'Messages reported both delivered and failed, and calls reported both completed and failed',
    labels: { family: { from: 'families' } },
    durable: true,
  },
  callbacks: {
    name: 'twilio.agent.callbacks',
    kind: 'observableCounter',
    unit: '{request}',
    help: 'Requests that reached a callback family, by their one outcome: accepted, duplicate, ignored, aborted or a reason of refusal',
    labels: { family: { from: 'feeds' }, outcome: { from: 'outcomes' } },
  },
  events: {
    name: 'twilio.agent.events',
    kind: 'observableCounter',
    unit: '{event}',
    help: 'Events in batches of JSON, by their one outcome: accepted, duplicate, ignored or a reason of refusal',
    labels: { feed: { from: 'feeds' }, outcome: { from: 'outcomes' } },
  },
  transportErrors: {
    name: 'twilio.agent.transport.errors',
    kind: 'counter',
    unit: '{error}',
    help: 'Requests and connections that ended before they reached a callback family, by reason',
    labels: { reason: { from: 'transportReasons' } },
  },
  signatureVerification: {
    name: 'twilio.agent.signature.verification',
    kind: 'observableGauge',
    unit: '{enabled}',
    help: '1 while callbacks must carry a valid X-Twilio-Signature, 0 while unsigned ones are accepted',
    labels: {},
  },
  signaturesVerified: {
    name: 'twilio.agent.signatures.verified',
    kind: 'observableCounter',
    unit: '{request}',
    help: "Verified requests by the position of their auth token, of their shared key or of SendGrid's key in the configuration: 0 is the first. Watch it to end a rotation",
    labels: { token_index: { from: 'tokens' } },
  },
  buildInfo: {
    name: 'twilio.agent.build.info',
    kind: 'observableGauge',
    unit: '{build}',
    help: 'Always 1; the version that runs',
    labels: { version: { from: 'run' } },
  },
  httpServerRequestDuration: {
    name: 'http.server.request.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Duration of HTTP server requests',
    labels: {
      'http.request.method': { from: 'run' },
      'http.response.status_code': { from: 'run' },
      'http.route': { from: 'run' },
    },
    buckets: HTTP_SECONDS,
    budget: 1000,
  },
} as const satisfies MetricRows;
