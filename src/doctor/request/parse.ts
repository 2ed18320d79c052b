import { parseCurl } from './curl.ts';
import { parseRawHttp } from './raw-http.ts';
import type { SentRequest } from './sent.ts';

/** The request that a file holds. Throws `Unreadable`. */
export function parseRequest(file: Buffer): SentRequest {
  const begin = file.toString('latin1', 0, 64);
  return /^\s*\$?\s*curl\s/.test(begin) ? parseCurl(file.toString()) : parseRawHttp(file);
}
