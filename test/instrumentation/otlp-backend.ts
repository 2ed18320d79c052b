import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How a backend treats one request. */
export type Behaviour = (response: ServerResponse, nth: number) => void;

/** An OTLP backend over HTTP that keeps what it got. */
export class Backend {
  readonly received: Received[] = [];
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      this.received.push({ path: request.url ?? '', headers: request.headers, body });
      this.behave(response, this.received.length);
    });
  });
  behave: Behaviour;

  private constructor(behave: Behaviour) {
    this.behave = behave;
  }

  static async start(behave: Behaviour = (response) => response.end()): Promise<Backend> {
    const backend = new Backend(behave);
    await new Promise<void>((resolve) => backend.#server.listen(0, '127.0.0.1', resolve));
    return backend;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** The one value of a metric without labels in an OTLP/JSON request, and its temporality (1 delta, 2 cumulative). */
export function sumIn(body: Buffer, name: string): { value: number; temporality: number } | undefined {
  const request = JSON.parse(body.toString()) as OtlpJson;
  const metrics = request.resourceMetrics.flatMap((each) => each.scopeMetrics).flatMap((scope) => scope.metrics);
  const sum = metrics.find((metric) => metric.name === name)?.sum;
  return sum && { value: Number(sum.dataPoints[0]?.asDouble), temporality: sum.aggregationTemporality };
}

interface OtlpJson {
  readonly resourceMetrics: {
    readonly scopeMetrics: {
      readonly metrics: {
        readonly name: string;
        readonly sum?: { readonly dataPoints: { asDouble: number }[]; readonly aggregationTemporality: number };
      }[];
    }[];
  }[];
}
