/** Where and how one exporter pushes. */
export interface OtlpOptions {
  /** `otlp` or `otlp/<name>`. */
  readonly id: string;
  readonly protocol: 'http/protobuf' | 'http/json' | 'grpc';
  /** The full URL of the metrics signal; of gRPC's only scheme, host and port are used. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  /** What a TLS connection trusts and shows, in PEM. */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  /** How long one attempt may take. */
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly temporality: 'cumulative' | 'delta' | 'lowmemory';
  readonly retry: {
    readonly enabled: boolean;
    readonly initialIntervalMs: number;
    readonly maxIntervalMs: number;
    /** How long a push may take with all its attempts; at most the interval. */
    readonly maxElapsedMs: number;
  };
}
