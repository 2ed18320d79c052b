import { type IncomingMessage, request as plainRequest } from 'node:http';
import { type RequestOptions, request as tlsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { type IExportMetricsServiceResponse, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { type Answer, accepted, NOT_OTLP, type Transport } from './answer.ts';
import type { OtlpOptions } from './options.ts';
import { proxyAgent } from './proxy.ts';
import { readStatus } from './status.ts';

const gzip = promisify(gzipCallback);
const LARGEST_ANSWER = 64 * 1_024;
/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = [429, 502, 503, 504];
/** A proxy may answer 502 and 504 after the backend took the points. */
const UNTOUCHED = [429, 503];
const NOT_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];

/** OTLP over HTTP, protobuf or JSON. */
export function httpTransport({
  url,
  protocol,
  headers,
  compression,
  tls,
  timeoutMs: limitMs,
}: OtlpOptions): Transport {
  const json = protocol === 'http/json';
  const options: RequestOptions = {
    method: 'POST',
    ...tls,
    // A connection each: one kept for the length of an interval is what backends and proxies close just before it is used.
    agent: proxyAgent(url, { timeoutMs: limitMs }) ?? false,
    headers: {
      'User-Agent': 'twilio-otel-agent',
      ...headers,
      'Content-Type': json ? 'application/json' : 'application/x-protobuf',
      ...(compression === 'gzip' ? { 'Content-Encoding': 'gzip' } : {}),
    },
  };
  const exchange = (body: Uint8Array, signal: AbortSignal) =>
    new Promise<{ response: IncomingMessage; text: Buffer }>((resolve, reject) => {
      const request = url.startsWith('https:') ? tlsRequest : plainRequest;
      const sent = request(url, { ...options, signal }, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const done = () => resolve({ response, text: Buffer.concat(chunks) });
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > LARGEST_ANSWER) response.destroy();
        });
        response.on('error', reject);
        response.on('close', () => (signal.aborted ? reject(signal.reason) : done()));
      });
      sent.on('error', reject);
      sent.end(body);
    });

  return {
    async send(body, timeoutMs, stop) {
      // Not the socket's own timeout: a backend that drips a byte now and then would never reach it.
      const over = new AbortController();
      const { signal } = over;
      const abort = () => over.abort();
      const timer = setTimeout(abort, timeoutMs);
      stop.addEventListener('abort', abort);
      try {
        const { response, text } = await exchange(compression === 'gzip' ? await gzip(body) : body, signal);
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) return taken(text, json);
        const words = `${status} ${response.statusMessage ?? ''}: ${errorText(text, response)}`;
        if (!RETRYABLE.includes(status)) return { outcome: 'rejected', words };
        const retryAfterMs = retryAfter(response.headers['retry-after']);
        return {
          outcome: 'unavailable',
          words,
          untouched: UNTOUCHED.includes(status),
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        };
      } catch (error) {
        if (signal.aborted) return { outcome: 'timeout', words: `no answer within ${timeoutMs} ms` };
        const { code, message } = error as NodeJS.ErrnoException;
        return {
          outcome: 'unavailable',
          words: message || String(code),
          untouched: NOT_CONNECTED.includes(code ?? ''),
        };
      } finally {
        clearTimeout(timer);
        stop.removeEventListener('abort', abort);
      }
    },
    close() {},
  };
}

function taken(body: Buffer, json: boolean): Answer {
  if (body.length === 0) return accepted();
  try {
    const response: IExportMetricsServiceResponse = json
      ? JSON.parse(body.toString())
      : ProtobufMetricsSerializer.deserializeResponse(body);
    return accepted(response.partialSuccess);
  } catch {
    return { outcome: 'success', words: NOT_OTLP };
  }
}

/** The message of a google.rpc.Status, in protobuf or JSON, or the text itself. */
function errorText(body: Buffer, { headers }: IncomingMessage): string {
  if (headers['content-type']?.startsWith('application/x-protobuf')) return readStatus(body).message;
  const text = body.toString();
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}

/** `Retry-After` in seconds or as a date. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const ms = Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
