import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { httpTransport } from '../../../instrumentation/otlp/http.ts';
import type { OtlpOptions } from '../../../instrumentation/otlp/options.ts';
import { proxyFor } from '../../../instrumentation/otlp/proxy.ts';
import { problems } from '../../config/room.ts';

const NAMES = ['http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);

type Env = Readonly<Record<string, string>>;

/** Runs with these variables, and none of the test run's own. */
async function within<T>(env: Env, run: () => T | Promise<T>): Promise<T> {
  const before = NAMES.map((name) => [name, process.env[name]] as const);
  for (const name of NAMES) delete process.env[name];
  Object.assign(process.env, env);
  try {
    return await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const BOTH = { HTTP_PROXY: 'http://plain:1', HTTPS_PROXY: 'http://tls:2' };
const except = (NO_PROXY: string) => ({ ...BOTH, NO_PROXY });

const CASES: readonly (readonly [name: string, env: Env, url: string, proxy: string | undefined])[] = [
  ['none', {}, 'https://a.example/', undefined],
  ['https by its own', BOTH, 'https://a.example/', 'tls:2'],
  ['http by its own', BOTH, 'http://a.example/', 'plain:1'],
  [
    'the lower case goes first, as with curl',
    { ...BOTH, https_proxy: 'http://lower:3' },
    'https://a.example/',
    'lower:3',
  ],
  ['without a scheme', { HTTP_PROXY: 'plain:1' }, 'http://a.example/', 'plain:1'],
  ['an empty variable is none', { HTTPS_PROXY: '' }, 'https://a.example/', undefined],
  ['an exception by name', except('b.example, a.example'), 'https://a.example/', undefined],
  ['an exception by domain', except('.example'), 'https://a.example/', undefined],
  ['an exception by another name', except('a.example'), 'https://ba.example/', 'tls:2'],
  ['an exception by name and port', except('a.example:4318'), 'http://a.example:4318/', undefined],
  ['an exception for another port', except('a.example:4318'), 'http://a.example/', 'plain:1'],
  ['an exception for all', except('*'), 'https://a.example/', undefined],
  ['this machine, by name', BOTH, 'http://localhost:4318/', undefined],
  ['this machine, by its address', BOTH, 'http://127.0.0.1:4318/', undefined],
  ['this machine, by its address of IPv6', BOTH, 'http://[::1]:4318/', undefined],
];

describe('the proxy of the environment', () => {
  for (const [name, env, url, proxy] of CASES) {
    it(`${name}: ${proxy ?? 'straight'}`, () => within(env, () => expect(proxyFor(url)?.host).to.equal(proxy)));
  }

  const OTLP = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://a.example:4318' };
  const ENDPOINT = 'exporters.otlp.endpoint (from OTEL_EXPORTER_OTLP_ENDPOINT): cannot be reached:';
  const NO_URL = 'the proxy of the environment (HTTPS_PROXY) is no http or https URL';
  const BROKEN: readonly (readonly [name: string, proxy: string, env: Env, told: readonly string[]])[] = [
    ['no URL', 'http://', OTLP, [`${ENDPOINT} ${NO_URL}`]],
    ['a proxy of another kind', 'socks5://p:1', OTLP, [`${ENDPOINT} ${NO_URL}`]],
    ['no URL, where nothing is sent', 'http://', {}, []],
    ['https for HTTP', 'https://p:1', OTLP, []],
    [
      'https for gRPC, which cannot',
      'https://p:1',
      { ...OTLP, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      [`${ENDPOINT} gRPC speaks to a proxy by http only, and the environment names one by https`],
    ],
    [
      'no URL, for the REST side',
      'http://',
      { TWILIO_ACCOUNT_SID: `AC${'a1'.repeat(16)}`, TWILIO_AUTH_TOKEN: '0123456789abcdef0123456789abcdef' },
      [`receivers.twilio_api.endpoint: cannot be reached: ${NO_URL}`],
    ],
  ];
  for (const [name, proxy, env, told] of BROKEN) {
    it(`${name}: ${told.length === 0 ? 'starts' : 'is told before the start'}`, () =>
      within({ HTTPS_PROXY: proxy }, () => expect(problems(env)).to.deep.equal(told)));
  }

  it('that never answers, or refuses, ends a push in its time and keeps no connection', async () => {
    const open = new Set<Socket>();
    let answer = '';
    const server = createServer((socket) => {
      open.add(socket.on('close', () => open.delete(socket)));
      socket.on('error', () => {}).on('data', () => answer !== '' && socket.write(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = `http://u:secret-of-it@127.0.0.1:${(server.address() as AddressInfo).port}`;
    const options = { url: 'https://a.example/v1/metrics', timeoutMs: 200, headers: {}, compression: 'none' };
    await within({ HTTPS_PROXY: proxy }, async () => {
      const transport = httpTransport({ ...options, protocol: 'http/protobuf' } as unknown as OtlpOptions);
      const push = () => transport.send(Buffer.from('x'), 200, new AbortController().signal);
      expect((await push()).outcome).to.equal('timeout');
      answer = 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n';
      expect(await push()).to.deep.include({
        outcome: 'unavailable',
        words: 'the proxy answers 407 Proxy Authentication Required',
      });
    });
    const deadline = performance.now() + 3_000;
    while (open.size > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(open.size).to.equal(0);
    server.close();
  });
});
