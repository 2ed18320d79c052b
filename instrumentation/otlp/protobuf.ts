/** A field of a protobuf message: a number, or a text that may be a message itself. */
export interface Field {
  readonly number: number;
  readonly value: number | Buffer;
}

/** The numbers and the texts of a message, up to where it is cut off or is none. */
export function* fields(message: Buffer): Generator<Field> {
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

/** The texts of one field, in their order. */
export const texts = (message: Buffer, number: number): Buffer[] =>
  [...fields(message)].flatMap((field) => (field.number === number && Buffer.isBuffer(field.value) ? field.value : []));

/** Beyond it a 64-bit number is negative. */
const LARGEST = 2 ** 63;

/** The number of one field; 0 when it is not there, or negative. */
export function numberOf(message: Buffer, number: number): number {
  const found = [...fields(message)].find((field) => field.number === number)?.value;
  return typeof found === 'number' && found < LARGEST ? found : 0;
}
