import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { load, problems } from './room.ts';

const TOKEN = { TWILIO_AUTH_TOKEN: '0123456789abcdef0123456789abcdef' };
const APP = 'http://app.internal:3000';
const file = (...routes: readonly object[]): string => JSON.stringify({ receivers: { twilio: { forward: routes } } });
const KEY = 'receivers.twilio.forward';

describe('config: in front of the application', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forward-config-'));
  const large = join(folder, 'large.xml');
  before(() => writeFileSync(large, 'x'.repeat(65_537)));
  after(() => rmSync(folder, { recursive: true }));

  it('a route needs a path and where it goes', () => {
    const [route] = load({}, [file({ path: '/twilio/status', to: APP })]).receivers.twilio.forward;
    expect(route).to.deep.equal({
      path: '/twilio/status',
      to: APP,
      family: '',
      timeout: 14_000,
      reject_unverified: false,
      fallback: { status: 0, content_type: 'text/xml', body_file: '' },
      tls: { ca_file: '', insecure_skip_verify: false },
    });
  });

  const GOOD: readonly (readonly [what: string, routes: readonly object[]])[] = [
    [
      'an exact path beside the prefix that it is below',
      [
        { path: '/a/b', to: APP, family: 'message' },
        { path: '/a/*', to: APP },
      ],
    ],
    ['everything', [{ path: '/*', to: APP }]],
    [
      'a prefix below a prefix',
      [
        { path: '/a/*', to: APP },
        { path: '/a/b/*', to: 'https://other/x' },
      ],
    ],
    ['a path with odd characters', [{ path: "/a;b=1/it's/%2F", to: `${APP}/x/` }]],
    ['a path below that of the feeds', [{ path: '/webhooks/mine', to: APP }]],
    ['another port of this machine', [{ path: '/a', to: 'http://localhost:3000' }]],
    ['a status alone as the fallback', [{ path: '/a', to: APP, fallback: { status: 204 } }]],
  ];
  for (const [what, routes] of GOOD)
    it(`takes ${what}`, () => expect(problems(TOKEN, [file(...routes)])).to.deep.equal([]));

  const BAD: readonly (readonly [what: string, routes: readonly object[], told: RegExp])[] = [
    ['no path', [{ to: APP }], /^receivers\.twilio\.forward\.0\.path: is required$/],
    ['no place to go', [{ path: '/a' }], /^receivers\.twilio\.forward\.0\.to: is required$/],
    [
      'a key that there is not',
      [{ path: '/a', to: APP, familly: 'x' }],
      /0\.familly: is not a key; did you mean family\?/,
    ],
    [
      'a family that there is not',
      [{ path: '/a', to: APP, family: 'mesage' }],
      /0\.family: must be one of message, call, .*; did you mean message\?/,
    ],
    [
      'Event Streams, which call no application',
      [{ path: '/a', to: APP, family: 'events' }],
      /0\.family: must be one of message/,
    ],
    ['a star in the middle', [{ path: '/a/*/b', to: APP }], /0\.path: must be a path such as/],
    ['a star that is no segment', [{ path: '/a*', to: APP }], /0\.path: must be a path such as/],
    ['a path with a query', [{ path: '/a?b', to: APP }], /0\.path: must be a path such as/],
    [
      'an origin with credentials',
      [{ path: '/a', to: 'http://me:pw@app' }],
      /0\.to: must be an http or https URL without credentials/,
    ],
    ['an origin of another kind', [{ path: '/a', to: 'ftp://app' }], /0\.to: must be an http or https URL/],
    [
      'a path twice',
      [
        { path: '/a', to: APP },
        { path: '/a', to: APP },
      ],
      /1\.path: is forwarded already by receivers\.twilio\.forward\.0$/,
    ],
    [
      'a prefix twice',
      [
        { path: '/a/*', to: APP },
        { path: '/a/*', to: APP },
      ],
      /1\.path: is forwarded already/,
    ],
    ...['/webhooks/message', '/metrics', '/ready', '/', '/status.json'].map(
      (path) =>
        [`${path}, which is the agent's`, [{ path, to: APP }], /0\.path: \S+ is served by the agent itself/] as const,
    ),
    ...[
      'http://localhost:8080',
      'http://127.0.0.1:8080/x',
      'http://[::1]:8080',
      'http://0.0.0.0:8080',
      'https://otel.example.com/app',
    ].map((to) => [`${to}, which is the agent`, [{ path: '/a', to }], /0\.to: is the agent itself/] as const),
    [
      'TLS for http',
      [{ path: '/a', to: APP, tls: { insecure_skip_verify: true } }],
      /0\.tls: is for an https application/,
    ],
    [
      'a certificate authority that is not there',
      [{ path: '/a', to: 'https://app', tls: { ca_file: '/nowhere.pem' } }],
      /0\.tls\.ca_file: cannot be read: there is no such file/,
    ],
    [
      'a fallback that is not there',
      [{ path: '/a', to: APP, fallback: { body_file: '/nowhere.xml' } }],
      /0\.fallback\.body_file: cannot be read: there is no such file/,
    ],
    [
      'a fallback that is a folder',
      [{ path: '/a', to: APP, fallback: { body_file: folder } }],
      /0\.fallback\.body_file: cannot be read: it is a folder/,
    ],
    [
      'a fallback that is too large',
      [{ path: '/a', to: APP, fallback: { body_file: large } }],
      /0\.fallback\.body_file: is larger than 64 KiB/,
    ],
    [
      'a status that is none',
      [{ path: '/a', to: APP, fallback: { status: 99 } }],
      /0\.fallback\.status: must be 0, or 200 to 599/,
    ],
    [
      '101 routes',
      Array.from({ length: 101 }, (_, i) => ({ path: `/a${i}`, to: APP })),
      /forward: may hold 100 routes/,
    ],
  ];
  for (const [what, routes, told] of BAD) {
    it(`refuses ${what}`, () => {
      const found = problems({ ...TOKEN, PUBLIC_URL: 'https://otel.example.com/twilio' }, [file(...routes)]);
      expect(found).to.have.length(1);
      expect(found[0]).to.match(told);
      expect(found[0]).to.match(/^receivers\.twilio\.forward/);
    });
  }

  it('a gate needs a token to verify with', () => {
    expect(problems({}, [file({ path: '/a', to: APP, reject_unverified: true })])).to.deep.equal([
      `${KEY}.0.reject_unverified: needs an auth token: without one nothing can be verified`,
    ]);
  });
});
