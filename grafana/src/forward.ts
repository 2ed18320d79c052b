import { graph, type PanelOf } from './panels.ts';
import { perSecond, series } from './series.ts';

const REQUESTS = series('httpClientRequestDuration', {}, '_count');
const BUCKETS = series('httpClientRequestDuration', {}, '_bucket');

const byRoute = (selector: string): string => `sum by (http_route) (rate(${selector}[$__rate_interval]))`;

/** What is passed on to the application, as Twilio sees it. Empty where nothing is. */
export const inFrontOfTheApplication: readonly PanelOf[] = [
  graph({
    title: 'Application: answers',
    description:
      "Requests that were passed on, by the status of the application's answer; nothing stands for an answer that never came. 5xx is error 11200 at Twilio.",
    expr: `sum by (http_response_status_code) (rate(${REQUESTS}[$__rate_interval])) * 60`,
    legend: '{{http_response_status_code}}',
    unit: 'cpm',
    width: 6,
    stacked: true,
  }),
  graph({
    title: 'Application: what goes wrong',
    description:
      'The share of requests that ended in 4xx, 5xx or without an answer (connection_refused, connection_reset, timeout ...), by kind.',
    expr: `sum by (error_type) (rate(${series('httpClientRequestDuration', { 'error.type': { like: '.+' } }, '_count')}[$__rate_interval])) / scalar(${perSecond(REQUESTS)} > 0)`,
    legend: '{{error_type}}',
    unit: 'percentunit',
    width: 6,
  }),
  graph({
    title: 'Application: time, 95th percentile',
    description:
      'How long all but one in twenty requests took, by route. Twilio gives up after 15 s, for Conversations after 5 s.',
    expr: `histogram_quantile(0.95, sum by (http_route, le) (rate(${BUCKETS}[$__rate_interval])))`,
    legend: '{{http_route}}',
    unit: 's',
    width: 6,
  }),
  graph({
    title: 'Application: answered by others',
    description:
      'Requests that the fallback or the agent (a refusal, 502 or 504) answered in place of the application, by route.',
    expr: `${byRoute(series('forwardAnswers', { by: ['fallback', 'agent'] }))} * 60`,
    legend: '{{http_route}}',
    unit: 'cpm',
    width: 6,
  }),
];
