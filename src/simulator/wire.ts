import type { Lifecycle, Step } from './lifecycles.ts';
import type { Delivery, Told } from './plan.ts';
import type { Pair } from './sign.ts';

const FROM = '+15005550006';
/** The application's own webhook, which is no URL of the agent. */
const APPLICATION = 'https://app.example.com/voice/status';
const RETRIED = 'I-Twilio-Idempotency-Token';

/** What makes the requests of one run: the account, and the moment at which it began, in whole seconds. */
export interface Sender {
  readonly accountSid: string;
  readonly startMs: number;
}

/** A request before it is signed: a form, or a body of JSON. */
export type Body = { readonly pairs: readonly Pair[] } | { readonly json: string };

/** The body of a delivery, as Twilio writes it. */
export function bodyOf({ feed, told }: Delivery, sender: Sender): Body {
  if (feed === 'events') return { json: JSON.stringify(told.map((each) => eventOf(each, sender))) };
  const [first] = told as Extract<Told, { kind: 'step' }>[];
  return { pairs: parametersOf(first!.life, first!.step, sender) };
}

/** Headers that Twilio sends with it. The copies of a callback have the same token. */
export const headersOf = ({ told: [first] }: Delivery): Readonly<Record<string, string>> => ({
  'User-Agent': 'TwilioProxy/1.1',
  Accept: '*/*',
  [RETRIED]: first?.id ?? '',
});

function parametersOf(life: Lifecycle, step: Step, { accountSid, startMs }: Sender): Pair[] {
  const { sid, to } = life;
  const { status, errorCode, sipResponseCode, durationS } = step;
  const common: Pair[] = [
    ['AccountSid', accountSid],
    ['ApiVersion', '2010-04-01'],
    ['From', FROM],
    ['To', to],
  ];
  if (life.family === 'message') {
    common.push(['MessageSid', sid], ['MessageStatus', status], ['SmsSid', sid], ['SmsStatus', status]);
    if (errorCode !== undefined) common.push(['ErrorCode', errorCode]);
    return common;
  }
  common.push(
    ['CallSid', sid],
    ['CallStatus', status],
    ['CallbackSource', 'call-progress-events'],
    ['Direction', 'outbound-api'],
    ['SequenceNumber', String(life.steps.indexOf(step))],
    ['Timestamp', new Date(startMs + step.atMs).toUTCString().replace('GMT', '+0000')],
  );
  if (sipResponseCode !== undefined) common.push(['SipResponseCode', sipResponseCode]);
  if (durationS !== undefined) {
    common.push(['CallDuration', String(durationS)], ['Duration', String(Math.ceil(durationS / 60))]);
  }
  return common;
}

function eventOf(told: Told, sender: Sender): object {
  const { accountSid, startMs } = sender;
  const event = (type: string, atMs: number, data: object, id = told.id) => ({
    specversion: '1.0',
    type: `com.twilio.${type}`,
    source: `/v1/Accounts/${accountSid}`,
    id,
    time: new Date(startMs + atMs).toISOString(),
    datacontenttype: 'application/json',
    data,
  });
  if (told.kind === 'inbound') {
    const timestamp = new Date(startMs + told.atMs).toISOString();
    const data = { accountSid, messageSid: told.id, from: FROM, to: FROM, numMedia: 0, numSegments: 1, timestamp };
    return event('messaging.inbound-message.received', told.atMs, data, `EZ${told.id.slice(2)}`);
  }
  if (told.kind === 'log') {
    const payload = { resource_sid: told.about, error_code: told.code, webhook: { request: { url: APPLICATION } } };
    const data = { account_sid: accountSid, sid: told.id, level: 'ERROR', error_code: told.code };
    return event('error-logs.error.logged', told.atMs, { ...data, payload: JSON.stringify(payload) });
  }
  const { life, step, answer } = told;
  if (life.family === 'message') {
    return event(`messaging.message.${step.status}`, step.atMs, {
      accountSid,
      messageSid: life.sid,
      messageStatus: step.status.toUpperCase(),
      numberOfSegments: life.segments,
      from: FROM,
      to: life.to,
      timestamp: new Date(startMs + step.atMs).toISOString(),
      ...(step.errorCode === undefined ? {} : { errorCode: Number(step.errorCode) }),
    });
  }
  const parameters = Object.fromEntries(parametersOf(life, step, sender));
  return event(`voice.status-callback.call.${step.status}`, step.atMs, {
    request: { method: 'POST', url: APPLICATION, parameters },
    response: { responseCode: answer?.status ?? 0, requestDuration: answer?.ms ?? 0 },
  });
}
