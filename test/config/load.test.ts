import { expect } from 'chai';
import { load } from './room.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const ZEROS = '0001200012000120';
const EXPONENT = '1e12345678901234';
const ACCOUNT = `AC${'a1'.repeat(16)}`;

describe('config: values', () => {
  it('keeps a token of digits as the text that was given, zeros and all', () => {
    expect(load({ TWILIO_AUTH_TOKEN: ZEROS }).receivers.twilio.auth_token).to.equal(ZEROS);
    expect(load({}, [`receivers: {twilio: {auth_token: ${ZEROS}}}`]).receivers.twilio.auth_token).to.equal(ZEROS);
    expect(load({}, [], [`receivers.twilio.auth_token=${ZEROS}`]).receivers.twilio.auth_token).to.equal(ZEROS);
    expect(load({ TWILIO_AUTH_TOKEN: EXPONENT }).receivers.twilio.auth_token).to.equal(EXPONENT);
  });

  it('converts durations, sizes, numbers and switches by the type of the key', () => {
    const yaml = `
receivers:
  twilio: {request_timeout: 1.5s, max_body_size: 128KiB, max_parameters: 50, allow_unsigned: TRUE}
extensions:
  memory: {window: 1d12h}`;
    const { receivers, extensions } = load({}, [yaml]);
    expect(receivers.twilio).to.include({
      request_timeout: 1_500,
      max_body_size: 131_072,
      max_parameters: 50,
      allow_unsigned: true,
    });
    expect(extensions.memory.window).to.equal(129_600_000);
  });

  it('takes a list as text with commas', () => {
    const { public_urls } = load({ TWILIO_AUTH_TOKEN: TOKEN, PUBLIC_URL: 'https://a.example, https://b.example/x ,' })
      .receivers.twilio;
    expect(public_urls).to.deep.equal(['https://a.example', 'https://b.example/x']);
  });

  it('takes pairs as OpenTelemetry writes them, percent-encoded, and as a map', () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc%3D, x-key=1=2' };
    expect(load(env).exporters.otlp['otlp']!.headers).to.deep.equal({ authorization: 'Basic abc=', 'x-key': '1=2' });
    const map = load(env, ['exporters: {otlp: {headers: {x-key: 007}}}']).exporters.otlp['otlp']!.headers;
    expect(map).to.deep.equal({ 'x-key': '007' });
  });

  it('reads bare milliseconds where OpenTelemetry defines them', () => {
    const env = { OTEL_METRIC_EXPORT_INTERVAL: '15000', OTEL_EXPORTER_OTLP_TIMEOUT: '2500' };
    expect(load(env).exporters.otlp['otlp']).to.include({ interval: 15_000, timeout: 2_500 });
  });

  it('lets the variable of the metrics signal go before the general one', () => {
    const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '1000', OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '2000' };
    expect(load(env).exporters.otlp['otlp']!.timeout).to.equal(2_000);
  });

  it('takes an empty variable for an unset one', () => {
    const { receivers } = load({ PORT: '', TWILIO_ALLOW_UNSIGNED: '', PUBLIC_URL: '' });
    expect(receivers.twilio).to.include({ endpoint: ':8080', allow_unsigned: false });
    expect(receivers.twilio.public_urls).to.deep.equal([]);
  });

  const exporters: readonly (readonly [string, readonly string[]])[] = [
    ['', ['prometheus', 'otlp']],
    ['none', []],
    ['otlp', ['otlp']],
    ['prometheus', ['prometheus']],
    ['otlp,prometheus', ['otlp', 'prometheus']],
  ];
  for (const [value, expected] of exporters) {
    it(`OTEL_METRICS_EXPORTER=${value} means ${expected.join(' and ') || 'no exporter'}`, () => {
      const { pipelines } = load({ OTEL_METRICS_EXPORTER: value }).service;
      expect(pipelines.metrics.exporters).to.deep.equal(expected);
    });
  }
});

describe('config: layers over the shipped file', () => {
  const env = { TWILIO_AUTH_TOKEN: TOKEN, TWILIO_ACCOUNT_SID: ACCOUNT, PUBLIC_URL: 'https://example.com' };

  const files: readonly (readonly [string, string])[] = [
    ['two lines that set another key', 'receivers: {twilio: {path: /hooks}}'],
    ['a map without a value', 'receivers:\n  twilio:'],
    ['a token key without a value', 'receivers:\n  twilio:\n    auth_token:'],
    ['a token key that is null', 'receivers:\n  twilio:\n    auth_token: null'],
    ['nothing at all', ''],
    ['comments alone', '# later'],
  ];
  for (const [name, yaml] of files) {
    it(`never loses the token that the environment gave: ${name}`, () => {
      const { twilio } = load(env, [yaml]).receivers;
      expect(twilio).to.include({ auth_token: TOKEN, account_sid: ACCOUNT });
      expect(twilio.public_urls).to.deep.equal(['https://example.com']);
    });
  }

  it('says an empty text on purpose with quotes', () => {
    expect(load(env, ['receivers: {twilio: {account_sid: ""}}']).receivers.twilio.account_sid).to.equal('');
    expect(load(env, [], ['receivers.twilio.account_sid=']).receivers.twilio.account_sid).to.equal('');
  });

  it('lays files from left to right, and --set last', () => {
    const first = 'receivers: {twilio: {path: /one, max_headers: 50}}';
    const second = 'receivers: {twilio: {path: /two}}';
    const { twilio } = load({}, [first, second], ['receivers.twilio.max_headers=60']).receivers;
    expect(twilio).to.include({ path: '/two', max_headers: 60 });
  });

  it('takes YAML as the value of --set: lists, maps, text with an equals sign', () => {
    const config = load(
      {},
      [],
      [
        'receivers.twilio.trusted_proxies=[10.0.0.0/8, fd00::/8]',
        'exporters.otlp/grafana={endpoint: http://localhost:4318, interval: 5s}',
        'exporters.otlp.headers=a=1,b=2',
        'receivers.twilio.endpoint=127.0.0.1:9000',
      ],
    );
    expect(config.receivers.twilio.trusted_proxies).to.deep.equal(['10.0.0.0/8', 'fd00::/8']);
    expect(config.receivers.twilio.endpoint).to.equal('127.0.0.1:9000');
    expect(config.exporters.otlp['otlp/grafana']).to.include({ endpoint: 'http://localhost:4318', interval: 5_000 });
    expect(config.exporters.otlp['otlp']!.headers).to.deep.equal({ a: '1', b: '2' });
  });

  it('expands what the user writes, too', () => {
    const yaml =
      'receivers: {twilio: {accounts: [{account_sid: "${env:SUB_SID}", auth_tokens: ["${env:SUB_TOKEN}"]}]}}';
    const { accounts } = load({ SUB_SID: ACCOUNT, SUB_TOKEN: TOKEN }, [yaml]).receivers.twilio;
    expect(accounts).to.deep.equal([{ account_sid: ACCOUNT, auth_tokens: [TOKEN] }]);
  });

  it('gives a further OTLP exporter the defaults, not the settings of the first', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318', OTEL_EXPORTER_OTLP_HEADERS: 'key=secret' };
    const { otlp } = load(env, ['exporters: {otlp/b: {endpoint: http://b:4318}}']).exporters;
    expect(otlp['otlp']).to.include({ endpoint: 'http://a:4318' });
    expect(otlp['otlp/b']).to.include({ endpoint: 'http://b:4318', protocol: 'http/protobuf' });
    expect(otlp['otlp/b']!.headers).to.deep.equal({});
  });
});
