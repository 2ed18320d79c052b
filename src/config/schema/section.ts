import { z } from 'zod';

/** A map of known keys only; each has a default, so the whole map has one. */
export const section = <S extends z.ZodRawShape>(shape: S) =>
  z.preprocess((given) => (given === '' || given === null ? {} : given), z.strictObject(shape)).prefault({} as never);
