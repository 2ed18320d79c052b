import { crc32c } from '@node-rs/crc32';

/** LevelDB stores checksums masked, so that a checksum over bytes that hold checksums stays good. */
export function maskedChecksum(bytes: Buffer): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
