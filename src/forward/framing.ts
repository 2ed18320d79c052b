import type { IncomingMessage } from 'node:http';
import { countHosts } from '../receive/gate.ts';
import { type Rejection, reject } from '../rejection.ts';

/**
 * Why a request must not be passed on: another server might read its head in another way than this one did. `target` is what
 * stands in its first line. What Node's parser refuses never comes here.
 */
export function danger(req: IncomingMessage, target: string, prefix: boolean): Rejection | undefined {
  const { httpVersion, rawHeaders, headers } = req;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return reject('bad_request', 'HTTP version');
  const hosts = countHosts(rawHeaders);
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) return reject('bad_request', 'Host');
  if (target.includes('#')) return reject('bad_request', 'fragment');
  const coding = headers['transfer-encoding'];
  // HTTP/1.0 has no chunks, and an old server takes them for the next request. RFC 9112, 6.1
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion === '1.0')) {
    return reject('bad_request', 'Transfer-Encoding');
  }
  if (headers.upgrade !== undefined && /websocket/i.test(headers.upgrade)) return reject('method_not_allowed');
  if (prefix && climbs(target)) return reject('bad_request', 'path');
  return undefined;
}

/** True for a path with a segment that means the one above, in whatever way it is written: it may lead out of the prefix. */
function climbs(target: string): boolean {
  const path = target.replace(/\?.*$/s, '');
  if (!path.includes('.') && !/%2e/i.test(path)) return false;
  const plain = path.replaceAll(/%2e/gi, '.').replaceAll(/%2f|%5c|\\/gi, '/');
  return plain.split('/').some((segment) => segment.replace(/;.*$/s, '') === '..');
}
