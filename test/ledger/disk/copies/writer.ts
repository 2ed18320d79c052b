/**
 * Writes into a database in a process of its own until it is killed, in batches that are numbered, and says after each
 * which one is durable. Its write buffer is so small that LevelDB begins logs, and deletes tables, many times a second.
 */
import { ClassicLevel } from 'classic-level';

const level = new ClassicLevel<string, string>(process.argv[2]!, {
  compression: false,
  writeBufferSize: 65_536,
  maxFileSize: 1_048_576,
});
const KEYS = 500;
const BLOB = 'x'.repeat(300);
await level.open();
for (let n = 1; ; n++) {
  await level.batch(
    [
      { type: 'put', key: `a${n % KEYS}`, value: `${n} ${BLOB}` },
      { type: 'put', key: `b${n % KEYS}`, value: `${n} ${BLOB}` },
      { type: 'put', key: 'last', value: String(n) },
    ],
    { sync: true },
  );
  process.stdout.write(`${n}\n`);
}
