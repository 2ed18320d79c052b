import { numberOf, texts } from './protobuf.ts';

/** What a `google.rpc.Status` says, of which OTLP uses the text and the pause that is asked for. */
export interface Status {
  readonly message: string;
  /** `RetryInfo.retry_delay`: another attempt is welcome, after this time. */
  readonly retryAfterMs?: number;
}

const RETRY_INFO = 'google.rpc.RetryInfo';
const NOTHING = Buffer.alloc(0);

/** Reads a status in protobuf; what cannot be read is left out. https://google.aip.dev/193 */
export function readStatus(body: Buffer): Status {
  const message = texts(body, 2)[0]?.toString() ?? '';
  for (const detail of texts(body, 3)) {
    const type = texts(detail, 1)[0]?.toString().split('/').at(-1);
    if (type !== RETRY_INFO) continue;
    const delay = texts(texts(detail, 2)[0] ?? NOTHING, 1)[0] ?? NOTHING;
    return { message, retryAfterMs: numberOf(delay, 1) * 1_000 + numberOf(delay, 2) / 1e6 };
  }
  return { message };
}
