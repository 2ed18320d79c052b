import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '../clock.ts';
import { readCertificates } from '../config/rules/certificates.ts';
import type { ForwardConfig } from '../config/schema.ts';

/** How long connections may be used before the name is resolved anew. */
const RENEWED_AFTER_MS = 60_000;

/**
 * How long a connection waits for its next request. Shorter than any application keeps one open (gunicorn has 2 s, Node
 * 5 s): whichever closes first, a request must not meet the end of its connection.
 */
const IDLE_MS = 1_000;

const MAX_IDLE = 1_024;
/** Of the head of an answer. */
const MAX_HEAD_BYTES = 131_072;

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
}

/** One application, as scheme, host and port: connections to it, and nowhere else. */
export class Origin {
  readonly host: string;
  readonly #base: { readonly host: string; readonly port: number; readonly servername?: string };
  readonly #secure: boolean;
  readonly #tls: object;
  readonly #clock: Clock;
  readonly #lookup: LookupFunction | undefined;
  #agent: HttpAgent;
  #sinceMs: number;

  constructor(to: string, tls: ForwardConfig['tls'], clock: Clock, lookup?: LookupFunction) {
    const { protocol, hostname, host, port } = new URL(to);
    const name = hostname.replace(/^\[|\]$/g, '');
    this.#secure = protocol === 'https:';
    this.host = host;
    // The client's Host names somebody else than the certificate does.
    const servername = this.#secure ? { servername: isIP(name) ? '' : name } : {};
    this.#base = { host: name, port: Number(port || (this.#secure ? 443 : 80)), ...servername };
    const { ca } = readCertificates({ ...tls, cert_file: '', key_file: '' }).certificates;
    this.#tls = this.#secure ? { ...(ca ? { ca } : {}), rejectUnauthorized: !tls.insecure_skip_verify } : {};
    this.#clock = clock;
    this.#lookup = lookup;
    this.#agent = this.#connections();
    this.#sinceMs = clock.monotonicMs();
  }

  /** Begins a request; its headers are sent as they are. It fails by its `error`. Throws where a header cannot be sent. */
  send({ method, path, headers }: Sent): ClientRequest {
    if (this.#clock.monotonicMs() - this.#sinceMs >= RENEWED_AFTER_MS) this.#renew();
    const request = (this.#secure ? httpsRequest : httpRequest)({
      ...this.#base,
      agent: this.#agent,
      method,
      path,
      // Node's types lag behind: a flat list is what it writes as it is.
      headers: headers as never,
      setHost: false,
      maxHeaderSize: MAX_HEAD_BYTES,
    });
    request.maxHeadersCount = 0;
    return request;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** New connections from here on; those of before end with the requests that are on them. */
  #renew(): void {
    const before = this.#agent;
    this.#agent = this.#connections();
    this.#sinceMs = this.#clock.monotonicMs();
    before.maxFreeSockets = 0;
    for (const socket of Object.values(before.freeSockets).flat()) socket?.destroy();
  }

  #connections(): HttpAgent {
    const options = {
      keepAlive: true,
      timeout: IDLE_MS,
      maxFreeSockets: MAX_IDLE,
      ...(this.#lookup ? { lookup: this.#lookup } : {}),
    };
    return this.#secure ? new HttpsAgent({ ...options, ...this.#tls }) : new HttpAgent(options);
  }
}
