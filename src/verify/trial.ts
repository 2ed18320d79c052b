import type { IncomingMessage } from 'node:http';

const LOOPBACK_PEER = /^(?:(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/i;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Headers that something on the way adds, and the one of Twilio's that a local trial could not check. */
const TELLTALE = ['Forwarded', 'Via', 'X-Real-IP', 'X-Twilio-Signature'];

/**
 * What shows that an unsigned request may come from elsewhere than this machine; `undefined` for one that a trial takes.
 *
 * A proxy on this machine is a loopback peer too, and asks for `Host: 127.0.0.1:8080` when nobody tells it otherwise. What
 * gives it away then is the version of its requests: nginx and others speak HTTP/1.0 to what is behind them by default.
 */
export function seemsPassedOn({ headers, httpVersion, socket }: IncomingMessage): string | undefined {
  if (!LOOPBACK_PEER.test(socket.remoteAddress ?? '')) return 'the peer';
  if (httpVersion !== '1.1') return `HTTP/${httpVersion}`;
  if (!LOOPBACK_HOST.test(headers.host ?? '')) return 'Host';
  if (Object.keys(headers).some((name) => name.startsWith('x-forwarded-'))) return 'X-Forwarded-*';
  return TELLTALE.find((name) => headers[name.toLowerCase()] !== undefined);
}
