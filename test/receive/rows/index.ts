import { ENCODINGS, NAMES, SIZES, TEXTS, TYPES, VALUES } from './body.ts';
import { SIGNATURES } from './identity.ts';
import { FRAMING, METHODS, PATHS } from './request.ts';
import type { Row } from './row.ts';

/** Every hostile or odd request that is one write and one answer, by what is odd about it. */
export const TABLES: Readonly<Record<string, readonly Row[]>> = {
  'signature and identity': SIGNATURES,
  'content type': TYPES,
  'content encoding': ENCODINGS,
  'size and shape of the body': SIZES,
  'encoding inside the body': TEXTS,
  'names of parameters': NAMES,
  'values, correctly signed': VALUES,
  methods: METHODS,
  'paths and targets': PATHS,
  'HTTP framing': FRAMING,
};
