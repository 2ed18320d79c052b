import { type Increment, type Series, series } from '../../instrumentation/increments.ts';
import type { ANSWERED_BY } from '../../instrumentation/metrics/forward.ts';
import { methodLabel } from '../receive/app.ts';
import type { Failure } from './failure.ts';

const clientSeries = new Map<string, Series>();

/** https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpclientrequestduration */
export function clientDuration(
  route: string,
  method: string,
  status: number | undefined,
  failure: Failure | undefined,
  elapsedMs: number,
): Increment {
  const known = methodLabel(method);
  const key = `${route} ${known} ${status} ${failure}`;
  let of = clientSeries.get(key);
  if (!of) {
    const code = status === undefined ? undefined : status < 600 ? String(status) : '_OTHER';
    const error = failure ?? (status !== undefined && status >= 400 ? code : undefined);
    of = series('httpClientRequestDuration', {
      'http.route': route,
      'http.request.method': known,
      ...(code ? { 'http.response.status_code': code } : {}),
      ...(error ? { 'error.type': error } : {}),
    });
    clientSeries.set(key, of);
  }
  return { series: of, value: elapsedMs / 1_000 };
}

export type AnsweredBy = (typeof ANSWERED_BY)[number];

export const answered = (route: string, by: AnsweredBy, value = 1): Increment => ({
  series: series('forwardAnswers', { 'http.route': route, by }),
  value,
});
