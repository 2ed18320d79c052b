import { type LedgerRecord, TIMES, type Times } from '../record.ts';
import { CorruptValue, CRC_SIZE, seal, unseal } from './codec.ts';

/**
 * A record on disk, in as few bytes as it takes:
 *   1       which of its four times are known (bits 0 to 3), has labels (bit 4), has flags (bit 5)
 *   1 to 4  the lower 24 bits of `seen`, seven in a byte, the lowest first
 *   1       the upper 8 bits of `seen`, where it has flags
 *   5       the first known time, in steps of 10 ms since the epoch
 *   1 to 5  each other known time: its distance from the first, signed, seven bits in a byte
 *   1 + n   the length of the labels, and the labels
 *   4       checksum
 */
const LABELS = 1 << 4;
const FLAGS = 1 << 5;
const KNOWN = (1 << TIMES) - 1;
const LOW_BITS = 24;
const LOW = (1 << LOW_BITS) - 1;
const STEP_MS = 10;
const LONGEST_LABELS = 255;
const LONGEST = 1 + 4 + 1 + 5 + 3 * 6 + 1 + LONGEST_LABELS + CRC_SIZE;

const scratch = Buffer.allocUnsafe(LONGEST);

export function encodeRecord(storedKey: string, { seen, times, labels }: LedgerRecord): Buffer {
  const high = seen >>> LOW_BITS;
  let head = (labels === undefined ? 0 : LABELS) | (high === 0 ? 0 : FLAGS);
  let at = writeVarint(1, seen & LOW);
  if (high !== 0) scratch[at++] = high;
  let first: number | undefined;
  for (let place = 0; place < TIMES; place++) {
    const time = times[place];
    if (time === undefined) continue;
    head |= 1 << place;
    const steps = Math.round(time / STEP_MS);
    at = first === undefined ? scratch.writeUIntBE(steps, at, 5) : writeVarint(at, zigzag(steps - first));
    first ??= steps;
  }
  if (labels !== undefined) {
    scratch[at] = labels.length;
    at += 1 + scratch.write(labels, at + 1, 'latin1');
  }
  scratch[0] = head;
  const bytes = Buffer.allocUnsafe(at + CRC_SIZE);
  scratch.copy(bytes, 0, 0, at);
  return seal(storedKey, bytes);
}

export function decodeRecord(storedKey: string, bytes: Buffer): LedgerRecord {
  const content = unseal(storedKey, bytes);
  const reader = new ContentReader(content);
  const head = reader.byte();
  if (head > (KNOWN | LABELS | FLAGS)) throw new CorruptValue('a record has another form');
  const low = reader.varint();
  const seen = (head & FLAGS ? (reader.byte() << LOW_BITS) | low : low) >>> 0;
  const times = readTimes(head & KNOWN, reader);
  const labels = head & LABELS ? reader.text(reader.byte()) : undefined;
  if (!reader.done) throw new CorruptValue('a record has another form');
  return labels === undefined ? { seen, times } : { seen, times, labels };
}

function readTimes(known: number, reader: ContentReader): Times {
  const times: (number | undefined)[] = [];
  let first: number | undefined;
  for (let place = 0; known >> place !== 0; place++) {
    if ((known & (1 << place)) === 0) {
      times.push(undefined);
      continue;
    }
    const steps = first === undefined ? reader.number(5) : first + unzigzag(reader.varint());
    first ??= steps;
    times.push(steps * STEP_MS);
  }
  return times;
}

class ContentReader {
  readonly #content: Buffer;
  #at = 0;

  constructor(content: Buffer) {
    this.#content = content;
  }

  get done(): boolean {
    return this.#at === this.#content.length;
  }

  byte(): number {
    const byte = this.#content[this.#at++];
    if (byte === undefined) throw new CorruptValue('a record is too short');
    return byte;
  }

  number(size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.byte();
    return value;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  text(length: number): string {
    const text = this.#content.toString('latin1', this.#at, this.#at + length);
    this.#at += length;
    if (text.length !== length) throw new CorruptValue('a record is too short');
    return text;
  }
}

function writeVarint(at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest >= 0x80) {
    scratch[next++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  scratch[next++] = rest;
  return next;
}

/** Signed numbers as unsigned ones, small where they are near zero. */
const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);
const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
