/** What a `google.rpc.Status` says, of which OTLP uses the text and the pause that is asked for. */
export interface Status {
  readonly message: string;
  /** `RetryInfo.retry_delay`: another attempt is welcome, after this time. */
  readonly retryAfterMs?: number;
}

const RETRY_INFO = 'google.rpc.RetryInfo';
const NOTHING = Buffer.alloc(0);
/** Beyond it a 64-bit number is negative. */
const LARGEST = 2 ** 63;

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

const texts = (message: Buffer, number: number): Buffer[] =>
  [...fields(message)].flatMap((field) => (field.number === number && Buffer.isBuffer(field.value) ? field.value : []));

function numberOf(message: Buffer, number: number): number {
  const found = [...fields(message)].find((field) => field.number === number)?.value;
  return typeof found === 'number' && found < LARGEST ? found : 0;
}

interface Field {
  readonly number: number;
  readonly value: number | Buffer;
}

/** The numbers and the texts of a message, up to where it is cut off or is none. */
function* fields(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; at < message.length; shift += 7) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (tag % 8 === 0) yield { number, value: varint() };
    else if (tag % 8 === 2) {
      const length = varint();
      yield { number, value: message.subarray(at, at + length) };
      at += length;
    } else if (tag % 8 === 1) at += 8;
    else if (tag % 8 === 5) at += 4;
    else return;
  }
}
