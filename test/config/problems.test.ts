import { expect } from 'chai';
import { load, problems } from './room.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const ACCOUNT = `AC${'a1'.repeat(16)}`;
const KEY = 'webhooks_sharedkey_01a';
type Env = Readonly<Record<string, string>>;

describe('config: what is wrong with a variable', () => {
  const cases: readonly (readonly [name: string, env: Env, expected: readonly string[]])[] = [
    [
      'a public URL with a fragment',
      { PUBLIC_URL: 'https://example.com/twilio#rc=3' },
      [
        'receivers.twilio.public_urls (from PUBLIC_URL): must be the http or https URL that Twilio calls, without "?" and "#", for example https://example.com/twilio, got "https://example.com/twilio#rc=3"',
      ],
    ],
    [
      'a public URL without a scheme, whose credentials are not told',
      { PUBLIC_URL: 'ftp://user:sec@ret@example.com' },
      [
        'receivers.twilio.public_urls (from PUBLIC_URL): must be the http or https URL that Twilio calls, without "?" and "#", for example https://example.com/twilio, got "ftp://***@example.com"',
      ],
    ],
    [
      'a public URL that no request could have',
      { PUBLIC_URL: `https://example.com/${'a'.repeat(2_029)}` },
      [
        `receivers.twilio.public_urls (from PUBLIC_URL): must be at most 2048 characters long, got "https://example.com/${'a'.repeat(99)}`,
      ],
    ],
    [
      'a port that is no number',
      { PORT: 'http' },
      ['receivers.twilio.endpoint (from PORT): must be host:port or :port, for example 127.0.0.1:8080, got ":http"'],
    ],
    [
      'a port that is too high',
      { PORT: '70000' },
      ['receivers.twilio.endpoint (from PORT): must be host:port or :port, for example 127.0.0.1:8080, got ":70000"'],
    ],
    [
      'a token with a line end, told once and not shown',
      { TWILIO_AUTH_TOKEN: `${TOKEN}\n` },
      [
        'receivers.twilio.auth_token and receivers.twilio_api.accounts.0.auth_token (from TWILIO_AUTH_TOKEN): must not contain white space: was it copied with a line end?',
      ],
    ],
    [
      'a token where the account SID belongs, not shown either',
      { TWILIO_ACCOUNT_SID: TOKEN },
      [
        'receivers.twilio.account_sid and receivers.twilio_api.accounts.0.account_sid (from TWILIO_ACCOUNT_SID): must be an account SID: AC and 32 lower-case hex digits',
      ],
    ],
    [
      'a switch that is neither on nor off',
      { TWILIO_ALLOW_UNSIGNED: 'maybe' },
      ['receivers.twilio.allow_unsigned (from TWILIO_ALLOW_UNSIGNED): must be true or false, got "maybe"'],
    ],
    [
      'a level that is misspelt',
      { LOG_LEVEL: 'inof' },
      [
        'service.telemetry.logs.level (from LOG_LEVEL): must be one of trace, debug, info, warn, error, fatal, got "inof"; did you mean info?',
      ],
    ],
    [
      'an exporter that the agent does not have',
      { OTEL_METRICS_EXPORTER: 'console' },
      [
        'service.pipelines.metrics.exporters (from OTEL_METRICS_EXPORTER): names "console", but the exporters are: prometheus, otlp',
      ],
    ],
    [
      'attributes that are no pairs',
      { OTEL_RESOURCE_ATTRIBUTES: 'region' },
      [
        'service.telemetry.resource.attributes (from OTEL_RESOURCE_ATTRIBUTES): must be key=value,key2=value2, got "region"',
      ],
    ],
    [
      'headers that are no pairs, not shown',
      { OTEL_EXPORTER_OTLP_HEADERS: 'secret' },
      ['exporters.otlp.headers (from OTEL_EXPORTER_OTLP_HEADERS): must be key=value,key2=value2'],
    ],
    [
      'a second token without the first',
      { TWILIO_AUTH_TOKEN_SECONDARY: TOKEN },
      [
        'receivers.twilio.auth_token_secondary (from TWILIO_AUTH_TOKEN_SECONDARY): needs receivers.twilio.auth_token (TWILIO_AUTH_TOKEN) beside it',
      ],
    ],
  ];
  for (const [name, env, expected] of cases) {
    it(name, () => {
      expect(problems(env)).to.deep.equal(expected);
    });
  }
});

describe('config: what is wrong in a file', () => {
  const cases: readonly (readonly [name: string, yaml: string, expected: readonly string[]])[] = [
    [
      'a key that is misspelt',
      'receivers: {twilio: {publik_urls: x}}',
      ['receivers.twilio.publik_urls: is not a key; did you mean public_urls?'],
    ],
    [
      'a key in camel case',
      'receivers: {twilio: {authToken: x}}',
      ['receivers.twilio.authToken: is not a key; did you mean auth_token?'],
    ],
    [
      'a key at the wrong place',
      'twilio: {path: /x}',
      ['twilio: is not a key; known here: receivers, processors, exporters, extensions, service'],
    ],
    ['a misspelt key without a value', 'recievers:', ['recievers: is not a key; did you mean receivers?']],
    [
      'a value that is none of those that there are',
      'receivers: {twilio: {storage: redis}}',
      ['receivers.twilio.storage: must be one of file_storage, memory, got "redis"'],
    ],
    [
      'an alias of itself',
      'receivers: &a {twilio: *a}',
      ['user1.yaml: cannot be read: an alias stands within what it names'],
    ],
    [
      'what is wrong behind something that is wrong',
      'exporters: {otlp: {headers: x}, otlp/b: {protcol: grpc}}\nservice: {pipelines: {metrics: {receivers: [twilo]}}}',
      [
        'exporters.otlp.headers: must be key=value,key2=value2',
        'exporters.otlp/b.protcol: is not a key; did you mean protocol?',
        'service.pipelines.metrics.receivers: names "twilo", but the receivers are: twilio, twilio_api',
      ],
    ],
    ['a misspelt exporter', 'exporters: {otpl: {}}', ['exporters.otpl: is not a key; did you mean otlp?']],
    [
      'a misspelt key of a further exporter',
      'exporters: {otlp/b: {endpont: http://b}}',
      ['exporters.otlp/b.endpont: is not a key; did you mean endpoint?'],
    ],
    [
      'a misspelt key of an account',
      `receivers: {twilio: {accounts: [{acount_sid: ${ACCOUNT}, account_sid: ${ACCOUNT}, auth_tokens: [${TOKEN}]}]}}`,
      ['receivers.twilio.accounts.0.acount_sid: is not a key; did you mean account_sid?'],
    ],
    [
      'a duration without its unit',
      'receivers: {twilio: {request_timeout: 10}}',
      ['receivers.twilio.request_timeout: must be a duration such as 500ms, 30s, 5m, 168h or 7d, got "10"'],
    ],
    [
      'a duration that is too long',
      'receivers: {twilio: {request_timeout: 2m}}',
      ['receivers.twilio.request_timeout: must be at most 60s, got "2m"'],
    ],
    [
      'a number that is none',
      'receivers: {twilio: {max_headers: many}}',
      ['receivers.twilio.max_headers: must be a whole number from 10 to 1000, got "many"'],
    ],
    [
      'a list where a value is due',
      'receivers: {twilio: {path: [a]}}',
      ['receivers.twilio.path: must be one value, not a list or a map, got ["a"]'],
    ],
    ['a value where a map is due', 'receivers: {twilio: yes}', ['receivers.twilio: must be a map, got "yes"']],
    [
      'accounts that are no list, tokens and all',
      `receivers: {twilio: {accounts: {auth_tokens: [${TOKEN}]}}}`,
      ['receivers.twilio.accounts: must be a list'],
    ],
    [
      'an account without a token',
      `receivers: {twilio: {accounts: [{account_sid: ${ACCOUNT}}]}}`,
      ['receivers.twilio.accounts.0.auth_tokens: needs at least one token'],
    ],
    [
      'a shared key without a secret: anybody could sign with an empty one',
      `receivers: {twilio: {shared_keys: [{key: ${KEY}}]}}`,
      ['receivers.twilio.shared_keys.0.secret: is required'],
    ],
    [
      'a shared key whose secret is a variable that is not set',
      `receivers: {twilio: {shared_keys: [{key: ${KEY}, secret: "\${env:NOT_SET}"}]}}`,
      ['receivers.twilio.shared_keys.0.secret (NOT_SET not set): is required'],
    ],
    [
      'a shared key without its id',
      `receivers: {twilio: {shared_keys: [{secret: ${TOKEN}}]}}`,
      ['receivers.twilio.shared_keys.0.key: must be the id of a key: webhooks_sharedkey_...'],
    ],
    [
      'a shared key twice',
      `receivers: {twilio: {shared_keys: [{key: ${KEY}, secret: ${TOKEN}}, {key: ${KEY}, secret: ${TOKEN}}]}}`,
      ['receivers.twilio.shared_keys: names a key twice'],
    ],
    [
      'five shared keys',
      `receivers: {twilio: {shared_keys: [${[1, 2, 3, 4, 5].map((n) => `{key: ${KEY}${n}, secret: ${TOKEN}}`)}]}}`,
      ['receivers.twilio.shared_keys: may hold four keys'],
    ],
    [
      'one account twice',
      `receivers: {twilio: {account_sid: ${ACCOUNT}, auth_token: ${TOKEN}, accounts: [{account_sid: ${ACCOUNT}, auth_tokens: [${TOKEN}]}]}}`,
      [
        'receivers.twilio.accounts: names the account ACa1a1... twice (receivers.twilio.account_sid counts): name it once',
      ],
    ],
    [
      'an open endpoint without a token',
      'receivers: {twilio: {endpoint: "0.0.0.0:8080"}}',
      [
        'receivers.twilio.endpoint: "0.0.0.0:8080" is open to others, but no auth token is set, so anybody could make up callbacks: set TWILIO_AUTH_TOKEN, or TWILIO_ALLOW_UNSIGNED=true to accept that',
      ],
    ],
    [
      'error codes that are none',
      'receivers: {twilio: {error_codes: [30760, "3o760"]}}',
      ['receivers.twilio.error_codes: must hold error codes: three to six digits each, got ["30760","3o760"]'],
    ],
    [
      'more error codes than a label may grow by',
      `receivers: {twilio: {error_codes: [${Array.from({ length: 1_001 }, (_, i) => 600_000 + i)}]}}`,
      [
        'receivers.twilio.error_codes: may hold 1000 codes, got ["600000","600001","600002","600003","600004","600005","600006","600007","600008","600009","600010","600011","600012","6',
      ],
    ],
    [
      'a CIDR that is none',
      'receivers: {twilio: {trusted_proxies: [10.0.0.0/33]}}',
      ['receivers.twilio.trusted_proxies: must be an address or a CIDR, for example 10.0.0.0/8, got ["10.0.0.0/33"]'],
    ],
    [
      'an endpoint that is empty',
      'receivers: {twilio: {endpoint: ""}}',
      ['receivers.twilio.endpoint: must be host:port or :port, for example 127.0.0.1:8080, got ""'],
    ],
    [
      'a scrape page in the place of another page',
      'exporters: {prometheus: {path: /health}}',
      ['exporters.prometheus.path: /health serves something else already: choose another path'],
    ],
    [
      "a scrape page of its own on the receiver's port",
      'receivers: {twilio: {endpoint: "127.0.0.1:9000"}}\nexporters: {prometheus: {endpoint: ":9000"}}',
      [
        'exporters.prometheus.endpoint: ":9000" is the receiver\'s port: choose another, or leave it empty to share that one',
      ],
    ],
    [
      'a scrape page in the place of a family',
      'exporters: {prometheus: {path: /webhooks/call}}',
      ['exporters.prometheus.path: /webhooks/call serves something else already: choose another path'],
    ],
    [
      'a reference that is not closed',
      "receivers: {twilio: {path: '${env:X'}}",
      ['receivers.twilio.path: has a ${env:...} that is not closed'],
    ],
    [
      'a list at the top',
      '- a',
      ['user1.yaml: must be a map of receivers, processors, exporters, extensions and service'],
    ],
    ['a key that is given twice', 'receivers: {}\nreceivers: {}', ['user1.yaml:2:1: Map keys must be unique']],
    [
      'an alias of nothing',
      'receivers: *x',
      ['user1.yaml: cannot be read: Unresolved alias (the anchor must be set before the alias): x'],
    ],
  ];
  for (const [name, yaml, expected] of cases) {
    it(name, () => {
      expect(problems({}, [yaml])).to.deep.equal(expected);
    });
  }

  for (const set of ['receivers.twilio.path', '=x', 'receivers..path=/x']) {
    it(`--set ${set} names itself`, () => {
      expect(problems({}, [], [set])).to.have.length(1);
      expect(problems({}, [], [set])[0]).to.match(/^--set .*: must be key\.path=value$/);
    });
  }
});

describe('config: all problems at once', () => {
  it('come from variables, files and assignments together, and from the rules between keys too', () => {
    const env = { PORT: 'x', LOG_LEVEL: 'loud', TWILIO_AUTH_TOKEN_SECONDARY: TOKEN, OTEL_METRICS_EXPORTER: 'console' };
    const yaml = 'receivers: {twilio: {pathh: /x}}\nservice: {extensions: [health_check]}';
    const paths = problems(env, [yaml], ['receivers.twilio.max_headers=1']).map((line) => line.split(/[: ]/)[0]);
    expect(paths.sort()).to.deep.equal([
      'receivers.twilio.auth_token_secondary',
      'receivers.twilio.endpoint',
      'receivers.twilio.max_headers',
      'receivers.twilio.pathh',
      'service.extensions',
      'service.pipelines.metrics.exporters',
      'service.telemetry.logs.level',
    ]);
  });

  it('hide no mistake behind another one nearby', () => {
    const yaml = `
exporters: {otlp/a: {protocol: gprc}, otpl: {}}
service: {pipelines: {metrics: {exporters: [otlp/a, otlp/b, otpl]}}}`;
    expect(problems({}, [yaml])).to.deep.equal([
      'exporters.otlp/a.protocol: must be one of http/protobuf, http/json, grpc, got "gprc"; did you mean grpc?',
      'exporters.otpl: is not a key; did you mean otlp?',
      'service.pipelines.metrics.exporters: names "otlp/b", but the exporters are: prometheus, otlp, otlp/a',
    ]);
  });

  it('name the variable that a file asks for and that is not set', () => {
    const yaml = `
receivers: {twilio: {accounts: [{account_sid: ${ACCOUNT}, auth_tokens: ["$\{env:TOKEN_A}"]}]}}
exporters: {otlp/a: {endpoint: "$\{env:GATEWAY}"}}`;
    expect(problems({}, [yaml])[0]).to.match(/^receivers\.twilio\.accounts\.0\.auth_tokens \(TOKEN_A not set\): /);
  });

  it('name no consequence of another problem', () => {
    const env = { TWILIO_AUTH_TOKEN: 'a b', TWILIO_AUTH_TOKEN_SECONDARY: TOKEN };
    expect(problems(env, ['receivers: {twilio: {endpoint: "0.0.0.0:8080"}}'])).to.have.length(1);
  });
});

describe('config: what is plainly no auth token', () => {
  const SHORT = 'is no auth token: it has fewer than 16 characters';
  const STANDS_IN = 'is no auth token: it only stands in the place of one';
  const cases: readonly (readonly [token: string, told?: string])[] = [
    [TOKEN],
    [TOKEN.toUpperCase()],
    ['f'.repeat(32)],
    ['not-hexadecimal!'],
    ['my-test-auth-token'],
    ['0123456789abcde', SHORT],
    ['12345', SHORT],
    ['x', STANDS_IN],
    ['***', STANDS_IN],
    ['*'.repeat(32), STANDS_IN],
    ['x'.repeat(32), STANDS_IN],
    ['changeme', STANDS_IN],
    ['your_auth_token', STANDS_IN],
    ['YOUR-TWILIO-AUTH-TOKEN-HERE', STANDS_IN],
    ['<your_twilio_auth_token>', STANDS_IN],
    [`${'changeme'.repeat(40)}!`],
  ];
  const account = (token: string) =>
    `receivers: {twilio: {accounts: [{account_sid: ${ACCOUNT}, auth_tokens: ["${token}"]}]}}`;
  for (const [token, told] of cases) {
    it(`${token.slice(0, 40)}: ${told ?? 'may be one'}`, () => {
      const keys = 'receivers.twilio.auth_token and receivers.twilio_api.accounts.0.auth_token';
      const expected = (key: string) => (told ? [`${key}: ${told}`] : []);
      expect(problems({ TWILIO_AUTH_TOKEN: token })).to.deep.equal(expected(`${keys} (from TWILIO_AUTH_TOKEN)`));
      expect(problems({}, [account(token)])).to.deep.equal(expected('receivers.twilio.accounts.0.auth_tokens'));
      const secondary = problems({ TWILIO_AUTH_TOKEN: TOKEN, TWILIO_AUTH_TOKEN_SECONDARY: token });
      expect(secondary).to.deep.equal(
        expected('receivers.twilio.auth_token_secondary (from TWILIO_AUTH_TOKEN_SECONDARY)'),
      );
    });
  }
});

describe('config: TWILIO_ALLOW_UNSIGNED', () => {
  it('permits an open endpoint without a token', () => {
    const { twilio } = load(
      { TWILIO_ALLOW_UNSIGNED: 'true' },
      [],
      ['receivers.twilio.endpoint=0.0.0.0:8080'],
    ).receivers;
    expect(twilio.allow_unsigned).to.equal(true);
  });

  for (const endpoint of ['127.0.0.1:8080', 'localhost:8080', '[::1]:8080', ':8080']) {
    it(`is not needed for ${endpoint}`, () => {
      expect(problems({}, [], [`receivers.twilio.endpoint=${endpoint}`])).to.deep.equal([]);
    });
  }
});
