import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';

const bytes = (value: Buffer): Buffer => value;
const EXPORT = {
  path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
};

/** How a backend treats one call. */
export type GrpcBehaviour = (done: sendUnaryData<Buffer>, nth: number) => void;

/** An OTLP backend over gRPC that keeps what it got. */
export class GrpcBackend {
  readonly received: ServerUnaryCall<Buffer, Buffer>[] = [];
  readonly #server = new Server();
  behave: GrpcBehaviour;
  url = '';

  private constructor(behave: GrpcBehaviour) {
    this.behave = behave;
    const handle: handleUnaryCall<Buffer, Buffer> = (call, done) => {
      this.received.push(call);
      this.behave(done, this.received.length);
    };
    this.#server.addService({ Export: EXPORT }, { Export: handle });
  }

  static async start(behave: GrpcBehaviour = (done) => done(null, Buffer.alloc(0))): Promise<GrpcBackend> {
    const backend = new GrpcBackend(behave);
    const port = await new Promise<number>((resolve, reject) =>
      backend.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    backend.url = `http://127.0.0.1:${port}`;
    return backend;
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

/** A field of a protobuf message: a number as varint, bytes with their length. Shorter than 128 in every respect. */
export const field = (number: number, value: number | Buffer): Buffer =>
  typeof value === 'number'
    ? Buffer.from([number << 3, value])
    : Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), value]);

/** The trailer in which a server asks to be left alone for some seconds: a google.rpc.Status with a RetryInfo. */
export function retryInfo(seconds: number, nanos = 0): Metadata {
  const delay = Buffer.concat([field(1, seconds), field(2, nanos)]);
  const any = [field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')), field(2, field(1, delay))];
  const other = [field(1, Buffer.from('type.googleapis.com/google.rpc.Help')), field(2, Buffer.from('x'))];
  const details = [other, any].map((each) => field(3, Buffer.concat(each)));
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.concat([field(1, 14), field(2, Buffer.from('busy')), ...details]));
  return metadata;
}
