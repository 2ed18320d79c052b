import { FORWARD_SECONDS } from './buckets.ts';
import { closed, type MetricRows } from './row.ts';

/** Who answered a request that was to be passed on. */
export const ANSWERED_BY = ['application', 'fallback', 'agent', 'nobody'] as const;

/** What is passed on to the application, and what it answers. */
export const FORWARD_METRICS = {
  httpClientRequestDuration: {
    name: 'http.client.request.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Duration of requests that were passed on to the application, from the first byte to the end of its answer; error_type names what went wrong, or the status from 400 on',
    labels: {
      'http.route': { from: 'run' },
      'http.request.method': { from: 'run' },
      'http.response.status_code': { from: 'run' },
      'error.type': { from: 'run' },
    },
    buckets: FORWARD_SECONDS,
    budget: 5_000,
  },
  forwardAnswers: {
    name: 'twilio.agent.forward.answers',
    kind: 'counter',
    unit: '{request}',
    help: 'Requests to forwarded paths, by who answered them: the application, the fallback in its place, the agent (a refusal, 502 or 504), or nobody where the client was gone',
    labels: { 'http.route': { from: 'run' }, by: closed(ANSWERED_BY) },
    budget: 400,
  },
} as const satisfies MetricRows;
