import { expect } from 'chai';
import { JUDGEMENTS, judgementOf, PARAMETERS, type Verdict } from '../../docs/src/census.ts';
import { urlsMarkdown } from '../../docs/src/urls.ts';
import { FEED_NAMES } from '../../src/feeds/index.ts';
import { read } from './pages.ts';

const verdictOf = (spec: string, operation: string, parameter: string): Verdict | undefined =>
  judgementOf({ spec, operation, parameter })?.is;

describe('docs: every parameter of the REST API that takes the URL of a callback', () => {
  it('is judged: it leads to a path, it asks what to do, or it is not covered and why', () => {
    expect(PARAMETERS).to.have.length(377);
    expect(PARAMETERS.filter((each) => !judgementOf(each))).to.deep.equal([]);
  });

  it('the method and the events of a URL lead where the URL does', () => {
    const places = new Map(PARAMETERS.map((each) => [`${each.spec} ${each.operation} ${each.parameter}`, each]));
    let pairs = 0;
    for (const each of PARAMETERS) {
      const stem = /^(.*?)(?:Http)?(?:Method|Event|Filters|RetryCount)$/.exec(each.parameter)?.[1];
      if (stem === undefined) continue;
      const url = [stem, `${stem}Url`]
        .map((name) => places.get(`${each.spec} ${each.operation} ${name}`))
        .find(Boolean);
      if (!url) continue;
      pairs++;
      expect(judgementOf(each)?.is, JSON.stringify(each)).to.deep.equal(judgementOf(url)?.is);
    }
    expect(pairs).to.be.above(80);
  });

  it('each judgement is needed, and each path that it names is one of this agent', () => {
    const used = new Set(PARAMETERS.map(judgementOf));
    expect(JUDGEMENTS.filter((each) => !used.has(each))).to.deep.equal([]);
    const named = JUDGEMENTS.flatMap(({ is }) => ('feed' in is ? [is.feed] : []));
    expect(FEED_NAMES).to.include.members(named);
  });

  it('paths that no parameter leads to are set up elsewhere', () => {
    const named = new Set(JUDGEMENTS.flatMap(({ is }) => ('feed' in is ? [is.feed] : [])));
    // A sink of Event Streams, a field of the Console alone, and SendGrid's settings.
    expect(FEED_NAMES.filter((name) => !named.has(name))).to.have.members(['events', 'debugger', 'sendgrid']);
  });

  const CASES: readonly (readonly [spec: string, operation: string, parameter: string, leads: string])[] = [
    ['api_v2010', 'CreateMessage', 'StatusCallback', 'message'],
    ['api_v2010', 'CreateCall', 'StatusCallback', 'call'],
    ['api_v2010', 'CreateCall', 'Url', 'control'],
    ['api_v2010', 'CreateCall', 'RecordingStatusCallback', 'recording'],
    ['api_v2010', 'CreateParticipant', 'ConferenceRecordingStatusCallback', 'recording'],
    ['api_v2010', 'CreateParticipant', 'ConferenceStatusCallback', 'conference'],
    ['api_v2010', 'CreateStream', 'StatusCallback', 'stream'],
    ['api_v2010', 'CreateStream', 'Url', 'not'],
    ['api_v2010', 'CreatePayments', 'StatusCallback', 'pay'],
    ['api_v2010', 'CreateSipDomain', 'VoiceStatusCallbackUrl', 'call'],
    ['api_v2010', 'UpdateApplication', 'MessageStatusCallback', 'message'],
    ['messaging_v1', 'CreateService', 'InboundRequestUrl', 'control'],
    ['conversations_v1', 'UpdateConfigurationWebhook', 'PreWebhookUrl', 'control'],
    ['conversations_v1', 'UpdateConfigurationWebhook', 'PostWebhookUrl', 'conversations'],
    ['taskrouter_v1', 'CreateWorkflow', 'AssignmentCallbackUrl', 'control'],
    ['taskrouter_v1', 'CreateWorkspace', 'EventCallbackUrl', 'taskrouter'],
    ['taskrouter_v1', 'UpdateTaskReservation', 'DequeueStatusCallbackUrl', 'call'],
    ['numbers_v2', 'CreateHostedNumberOrder', 'SmsUrl', 'control'],
    ['chat_v1', 'UpdateService', 'Webhooks.OnMessageSend.Url', 'control'],
    ['chat_v1', 'UpdateService', 'Webhooks.OnMessageSent.Url', 'not'],
  ];
  for (const [spec, operation, parameter, leads] of CASES) {
    it(`${operation} ${parameter}: ${leads}`, () => {
      const is = verdictOf(spec, operation, parameter)!;
      expect('feed' in is ? is.feed : Object.keys(is)[0]).to.equal(leads);
      expect(PARAMETERS).to.deep.include({ spec, operation, parameter });
    });
  }

  it('stands on the page that `npm run docs` writes now', () => {
    expect(read('docs/urls.md'), 'run `npm run docs`').to.equal(urlsMarkdown());
  });
});
