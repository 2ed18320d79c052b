import { Agent } from 'node:https';
import type { RequestClient, Twilio } from 'twilio';
import { proxyAgent } from '../../instrumentation/otlp/proxy.ts';
import { VERSION } from '../version.ts';
import type { Credentials } from './account.ts';
import { ApiFailure, asFailure, failureOfStatus } from './failure.ts';
import { retryAfterMs } from './pace.ts';

export interface ClientOptions {
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly timeoutMs: number;
  readonly stop: AbortSignal;
  readonly wallMs: () => number;
}

const MAX_ANSWER_BYTES = 16 * 1_048_576;

/**
 * Loads what a client is made of: 200 ms in which nothing else happens, and 27 MB. So nobody loads it who has no use for
 * it, and who has, before callbacks are served.
 */
export async function loadClient(): Promise<void> {
  const { default: twilio } = await import('twilio');
  const { api, balance, usage } = twilio(`AC${'0'.repeat(32)}`, 'none');
  // The package loads each part of itself when that is first looked at.
  void [api.v2010, balance, usage.records.today];
}

/**
 * The REST client of the `twilio` package on an HTTP client of our own making. Every answer but a JSON object with
 * status 200 is an `ApiFailure`, and the credentials go nowhere but to the endpoint.
 */
export async function createClient(options: ClientOptions): Promise<Twilio> {
  const { credentials, endpoint } = options;
  const { default: twilio } = await import('twilio');
  const root = new URL(endpoint.replace(/\/*$/, '/')).href;
  const http = new twilio.RequestClient({ timeout: options.timeoutMs });
  http.axios.defaults.maxContentLength = MAX_ANSWER_BYTES;
  goOut(http.axios.defaults, root, options.timeoutMs);
  const client = twilio(credentials.username, credentials.password, {
    accountSid: credentials.accountSid,
    httpClient: { request: guarded(http, root, options) } as unknown as RequestClient,
    userAgentExtensions: [`twilio-otel-agent/${VERSION}`],
    // Else the package reads these from the environment, and changes the host or prints requests.
    edge: '',
    region: '',
    logLevel: '',
  });
  client.getHostname = (hostname: string) => hostname;
  client.api.baseUrl = root;
  return client;
}

/** The package knows HTTP_PROXY alone, and no exception from it. */
function goOut(defaults: { httpAgent?: unknown; httpsAgent?: unknown }, root: string, timeoutMs: number): void {
  const agent = proxyAgent(root, { timeoutMs });
  if (agent) defaults[root.startsWith('https:') ? 'httpsAgent' : 'httpAgent'] = agent;
  else if (!(defaults.httpsAgent instanceof Agent))
    defaults.httpsAgent = new Agent({ keepAlive: true, timeout: timeoutMs });
}

type Answer = Awaited<ReturnType<RequestClient['request']>>;

function guarded(http: RequestClient, root: string, { timeoutMs, stop, wallMs }: ClientOptions) {
  return async (request: Parameters<RequestClient['request']>[0]): Promise<Answer> => {
    if (!request.uri.startsWith(root)) throw new ApiFailure('page_loop');
    const abort = new AbortController();
    const onStop = () => abort.abort();
    stop.addEventListener('abort', onStop, { once: true });
    // The client's own timeout is between two bytes; an answer that drips would never end.
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    http.axios.defaults.signal = abort.signal;
    try {
      return accepted(await http.request(request), wallMs());
    } catch (error) {
      stop.throwIfAborted();
      throw abort.signal.aborted ? new ApiFailure('timeout') : asFailure(error);
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
    }
  };
}

function accepted(answer: Answer, nowMs: number): Answer {
  const { statusCode: status, headers } = answer;
  const body = answer.body as { code?: unknown } | null;
  if (status === 200) {
    if (typeof body === 'object' && body !== null) return answer;
    throw new ApiFailure('malformed', { status });
  }
  const code = typeof body?.code === 'number' ? { code: body.code } : {};
  const wait = retryAfterMs((headers as Record<string, unknown>)['retry-after'], nowMs);
  throw new ApiFailure(failureOfStatus(status), { status, ...code }, wait);
}
