import { expect } from 'chai';
import { load, problems } from './room.ts';

const OTP = `MG${'0a'.repeat(16)}`;
const LOGIN = `MG${'0b'.repeat(16)}`;
const labels = (text: string): string => `processors: { labels: { ${text} } }`;

describe('config: labels on request', () => {
  it('are off until the pipeline names them', () => {
    expect(load().service.pipelines.metrics.processors).to.deep.equal([]);
    const on = load({}, ['service: { pipelines: { metrics: { processors: [labels] } } }', labels('country: true')]);
    expect(on.processors.labels).to.include({ country: true, channel: false, max_series: 2_000, max_carriers: 200 });
  });

  it('take names for services and accounts, as a map, from files one over the other', () => {
    const { messaging_service } = load({}, [
      labels(`messaging_service: { ${OTP}: otp }`),
      labels(`messaging_service: { ${LOGIN}: "Log in: EU/1" }`),
    ]).processors.labels;
    expect(messaging_service).to.deep.equal({ [OTP]: 'otp', [LOGIN]: 'Log in: EU/1' });
    expect(load({}, [labels('messaging_service: ""')]).processors.labels.messaging_service).to.deep.equal({});
    expect(load({}, [labels('messaging_service: ~')]).processors.labels.messaging_service).to.deep.equal({});
    expect(load({}, [labels(`messaging_service: { ${OTP}: 7 }`)]).processors.labels.messaging_service).to.deep.equal({
      [OTP]: '7',
    });
  });

  const NAMES =
    'must name each with 1 to 64 letters, digits, spaces or . _ / : - and not with other or unknown (entry 1)';
  const SERVICE = 'processors.labels.messaging_service';
  const ROWS: readonly (readonly [what: string, files: readonly string[], told: readonly string[]])[] = [
    [
      'a label that there is not',
      [labels('contry: true')],
      ['processors.labels.contry: is not a key; did you mean country?'],
    ],
    [
      'a processor that there is not',
      ['processors: { batch: {} }'],
      ['processors.batch: is not a key; known here: labels'],
    ],
    [
      'a processor that there is not, in the pipeline',
      ['service: { pipelines: { metrics: { processors: [label] } } }'],
      ['service.pipelines.metrics.processors: names "label", but the processors are: labels'],
    ],
    ['a switch that is none', [labels('country: DE')], ['processors.labels.country: must be true or false, got "DE"']],
    [
      'a name instead of a map',
      [labels('account: main')],
      ['processors.labels.account: must be a map of names, such as AC...: otp'],
    ],
    [
      'a SID that is none, which is not told: it may be a secret',
      [labels('messaging_service: { MG123: otp }')],
      [`${SERVICE}: must have SIDs as its keys: MG and 32 lower-case hex digits (entry 1)`],
    ],
    [
      'the SID of something else',
      [labels(`account: { ${OTP}: main }`)],
      ['processors.labels.account: must have SIDs as its keys: AC and 32 lower-case hex digits (entry 1)'],
    ],
    [
      'one name for two',
      [labels(`messaging_service: { ${OTP}: otp, ${LOGIN}: otp }`)],
      [`${SERVICE}: gives one name to two SIDs (entry 2): they could not be told apart`],
    ],
    ...['other', 'unknown', '', ' otp', 'o"tp', 'o|tp', 'öst', 'a'.repeat(65)].map(
      (name) =>
        [
          `a name that is no label value: ${JSON.stringify(name).slice(0, 12)}`,
          [labels(`messaging_service: { ${OTP}: ${JSON.stringify(name)} }`)],
          [`${SERVICE}: ${NAMES}`],
        ] as const,
    ),
    ...[OTP, OTP.toUpperCase(), `x/${OTP}`, '15017122661', 'line 15017122661'].map(
      (name) =>
        [
          `a name that is a SID or a number: ${name.slice(0, 15)}`,
          [labels(`messaging_service: { ${OTP}: ${JSON.stringify(name)} }`)],
          [`${SERVICE}: must not name one with a SID or a number (entry 1): a label shows neither`],
        ] as const,
    ),
    [
      'fewer series than the statuses alone need',
      [labels('max_series: 27')],
      ["processors.labels.max_series: is too small: the metrics' own labels and the names given need 28"],
    ],
    [
      'fewer series than the names need',
      [labels(`max_series: 50, messaging_service: { ${OTP}: otp, ${LOGIN}: login }`)],
      ["processors.labels.max_series: is too small: the metrics' own labels and the names given need 56"],
    ],
    [
      'all at once',
      [labels('contry: true, country: DE, max_series: none, account: { AC1: main }')],
      [
        'processors.labels.country: must be true or false, got "DE"',
        'processors.labels.account: must have SIDs as its keys: AC and 32 lower-case hex digits (entry 1)',
        'processors.labels.max_series: must be a whole number from 1 to 100000, got "none"',
        'processors.labels.contry: is not a key; did you mean country?',
      ],
    ],
  ];
  for (const [what, files, told] of ROWS) it(what, () => expect(problems({}, files)).to.deep.equal(told));
});
