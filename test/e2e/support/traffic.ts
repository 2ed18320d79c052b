import {
  ACCOUNT_SID,
  callStatus,
  cloudEvent,
  type Event,
  freshSid,
  messageStatus,
  type Params,
  post,
  signedBatch,
  signedPost,
} from './twilio.ts';

/**
 * The traffic by which every panel and every rule is tried. In sum: 21 messages delivered, 50 undelivered, 12 failed
 * (one of them was reported delivered before), 10 calls completed, 32 failed; 2 copies, 7 refused requests, 1 unknown
 * path; 177 accepted callbacks. Five messages stay queued and are overdue. Event Streams sends a batch of those that were
 * queued, and then the same batch twice: `batchOf` says what is in it.
 *
 * This part lets each error code's series appear, with 1; it ends with the first undelivered message.
 */
export async function openingTraffic(agent: string): Promise<void> {
  const message = expecting(204, `${agent}/webhooks/message`);
  const corrected = freshSid('SM');
  await message(messageStatus(corrected, 'sent'));
  await message(messageStatus(corrected, 'delivered'));
  await message(messageStatus(corrected, 'delivered'));
  await message(messageStatus(corrected, 'delivered'));
  await message(messageStatus(corrected, 'failed', { ErrorCode: '30005' }));
  await message(messageStatus(freshSid('SM'), 'failed', { ErrorCode: '30007' }));
  // With this one the feed's own series begin.
  check(204, await signedBatch(`${agent}/webhooks/events`, [webhook(200, 140)]));
  await message(messageStatus(freshSid('SM'), 'undelivered', { ErrorCode: '30003' }));
}

/** What comes once the opening was scraped. Ends with the last of 50 undelivered messages. */
export async function mainTraffic(agent: string): Promise<void> {
  const message = expecting(204, `${agent}/webhooks/message`);
  const call = expecting(204, `${agent}/webhooks/call`);
  const delivered = sids('SM', 20);
  await queuedBefore(agent, [...delivered.map((sid, i) => [sid, i < 18 ? 7 : 40] as const), ...overdue()]);
  for (const sid of delivered) {
    await message(messageStatus(sid, 'sent'));
    await message(messageStatus(sid, 'delivered'));
  }
  const batch = batchOf(agent, delivered);
  for (let i = 0; i < 2; i++) check(204, await signedBatch(`${agent}/webhooks/events`, batch));
  await message(messageStatus(freshSid('SM'), 'failed'));
  for (const sid of sids('SM', 9)) await message(messageStatus(sid, 'failed', { ErrorCode: '30007' }));

  for (const sid of sids('CA', 10)) {
    await call(callStatus(sid, 'initiated'));
    await call(callStatus(sid, 'ringing', signedAt(12)));
    await call(callStatus(sid, 'in-progress', signedAt(0)));
    await call(callStatus(sid, 'completed', { CallDuration: '45' }));
  }
  for (const sid of sids('CA', 20)) await call(callStatus(sid, 'busy'));
  for (const sid of sids('CA', 10)) await call(callStatus(sid, 'failed', { SipResponseCode: '404' }));
  for (const sid of sids('CA', 2)) await call(callStatus(sid, 'no-answer'));

  await expecting(400, `${agent}/webhooks/message`)({ AccountSid: ACCOUNT_SID, MessageStatus: 'sent' });
  const forged = messageStatus(freshSid('SM'), 'delivered');
  for (let i = 0; i < 5; i++) await expecting(401, `${agent}/webhooks/message`, { token: 'another' })(forged);
  check(401, await post(`${agent}/webhooks/message`, forged));
  check(404, await fetch(`${agent}/nothing`));
  for (const sid of sids('SM', 49)) await message(messageStatus(sid, 'undelivered', { ErrorCode: '30003' }));
}

/**
 * 58 events: 36 new ones, 20 facts that callbacks told before, in two segments each, one test of the sink, and one that
 * cannot be used.
 */
function batchOf(agent: string, delivered: readonly string[]): Event[] {
  const many = (count: number, make: () => Event) => Array.from({ length: count }, make);
  const logged = (level: string, error_code: string, payload: object) =>
    cloudEvent('error-logs.error.logged', { sid: freshSid('NO'), level, error_code, payload: JSON.stringify(payload) });
  const ours = { webhook: { request: { url: `${agent}/webhooks/message` } } };
  return [
    ...many(5, () => cloudEvent('messaging.inbound-message.received', { messageSid: freshSid('SM') })),
    ...many(4, () => logged('ERROR', '30003', { resource_sid: freshSid('SM') })),
    ...many(2, () => logged('ERROR', '11200', ours)),
    ...many(3, () => logged('WARNING', '82005', {})),
    ...many(6, () => cloudEvent('accountsecurity.verify.verification.approved', {})),
    ...many(7, () => cloudEvent('accountsecurity.verify.message.delivered', {})),
    ...many(9, () => webhook(200, 140)),
    ...delivered.map((messageSid) =>
      cloudEvent('messaging.message.sent', { messageSid, messageStatus: 'SENT', numberOfSegments: 2 }),
    ),
    cloudEvent('eventstreams.test-event', { test_id: 'cae2f9e2-c277-4612-8ad3-93c1a7a3ef88' }, ACCOUNT_SID),
    cloudEvent('messaging.message.sent', { messageStatus: 'SENT' }),
  ];
}

/** How the user's own webhook answered a voice callback. */
const webhook = (responseCode: number, requestDuration: number): Event =>
  cloudEvent('voice.status-callback.announcement.processed', { response: { responseCode, requestDuration } });

/** A time so many seconds ago, as Twilio signs it with calls. */
const signedAt = (secondsAgo: number): Params => ({
  Timestamp: new Date(Date.now() - secondsAgo * 1_000).toUTCString().replace('GMT', '+0000'),
});

const overdue = () => sids('SM', 5).map((sid) => [sid, 1_200] as const);

/** Event Streams tells, in one batch, that messages were queued so many seconds ago. */
async function queuedBefore(agent: string, messages: readonly (readonly [sid: string, secondsAgo: number])[]) {
  const events = messages.map(([messageSid, secondsAgo]) => {
    const timestamp = new Date(Date.now() - secondsAgo * 1_000).toISOString();
    return cloudEvent('messaging.message.queued', { messageSid, messageStatus: 'QUEUED', timestamp });
  });
  check(204, await signedBatch(`${agent}/webhooks/events`, events));
}

const sids = (prefix: string, count: number) => Array.from({ length: count }, () => freshSid(prefix));

const expecting =
  (status: number, url: string, signing = {}) =>
  async (params: Params) =>
    check(status, await signedPost(url, params, signing));

function check(status: number, response: Response): void {
  if (response.status !== status) throw new Error(`answered ${response.status} instead of ${status}`);
}
