import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { openLevel } from '../../../../src/ledger/disk/leveldb/level.ts';

/**
 * Writes ledgers as versions of before did, of any size: the fixtures are what those versions really left, and small. A
 * later version must find nothing else than they wrote, so what is written here is put down once more, without its code.
 */
export interface OldLedger {
  readonly directory: string;
  readonly format: 1 | 2;
  readonly messages: number;
  /** When the last one was touched, ms since the epoch. */
  readonly nowMs: number;
  /** Over how much time their beginnings are spread. */
  readonly spreadMs: number;
}

/** Every message was queued and sent; of four, three were delivered and one is still under way. */
const QUEUED = 1 << 2;
const SENT = 1 << 4;
const DELIVERED = 1 << 5;
const GENERATIONS = 16;
const CHUNK = 2_000;

export const isUnderWay = (message: number): boolean => message % 4 === 3;

export async function writeOldLedger({ directory, format, messages, nowMs, spreadMs }: OldLedger): Promise<void> {
  const level = await openLevel(directory);
  const inOne = Math.ceil(messages / GENERATIONS);
  const beganAtMs = (message: number) => nowMs - spreadMs + Math.floor((message * spreadMs) / messages);
  const generations = Array.from({ length: GENERATIONS }, (_, i) => i).filter((i) => i * inOne < messages);
  for (let from = 0; from < messages; from += CHUNK) {
    const batch = level.batch();
    for (let message = from; message < Math.min(messages, from + CHUNK); message++) {
      const key = `message:SM${randomBytes(16).toString('hex')}`;
      const generation = hex(Math.floor(message / inOne) + 1, 8);
      const stored = format === 1 ? `r:${key}` : `g:${generation}:${key}`;
      const atMs = beganAtMs(message);
      batch.put(
        stored,
        sealed(stored, recordOf(isUnderWay(message) ? QUEUED | SENT : QUEUED | SENT | DELIVERED, atMs)),
      );
      const index = `x:${hex(atMs, 12)}:${hex(message, 12)}`;
      if (format === 1) batch.put(index, sealed(index, Buffer.from(key)));
    }
    await batch.write();
  }
  const delivered = messages - Math.floor(messages / 4);
  const totals = { delivered, queued: messages, sent: messages };
  const texts: Record<string, string> = {
    'm:format': String(format),
    'm:instance': '00000000-0000-4000-8000-000000000000',
    'm:start': String(nowMs - spreadMs),
    'm:counts': `${messages} 0 ${messages} 4 0 ${nowMs}`,
    't:twilio.messages.delivered': String(delivered),
  };
  for (const [status, count] of Object.entries(totals)) {
    texts[`t:twilio.message.callback{"status":"${status}"}`] = String(count);
  }
  if (format === 2) {
    const lines = generations.map((i) => {
      const last = Math.min(messages, (i + 1) * inOne) - 1;
      return `${i + 1} ${beganAtMs(i * inOne)} ${beganAtMs(last)}`;
    });
    texts['m:generations'] = lines.join('\n');
  }
  for (const [stored, text] of Object.entries(texts)) await level.put(stored, sealed(stored, Buffer.from(text)));
  await level.close();
}

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

/** Version, `seen`, and the times of the first and the last event. */
function recordOf(seen: number, atMs: number): Buffer {
  const bytes = Buffer.alloc(17);
  bytes[0] = 1;
  bytes.writeUInt32LE(seen, 1);
  bytes.writeUIntLE(atMs, 5, 6);
  bytes.writeUIntLE(atMs + 4_000, 11, 6);
  return bytes;
}

function sealed(storedKey: string, content: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(content, crc32(storedKey)));
  return Buffer.concat([content, checksum]);
}
