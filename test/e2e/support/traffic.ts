import { ACCOUNT_SID, callStatus, freshSid, messageStatus, type Params, post, signedPost } from './twilio.ts';

/**
 * The traffic by which every panel and every rule is tried. In sum: 21 messages delivered, 50 undelivered, 12 failed
 * (one of them was reported delivered before), 10 calls completed, 32 failed; 2 copies, 7 refused requests, 1 unknown
 * path; 156 accepted callbacks.
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
  await message(messageStatus(freshSid('SM'), 'undelivered', { ErrorCode: '30003' }));
}

/** What comes once the opening was scraped. Ends with the last of 50 undelivered messages. */
export async function mainTraffic(agent: string): Promise<void> {
  const message = expecting(204, `${agent}/webhooks/message`);
  const call = expecting(204, `${agent}/webhooks/call`);
  for (const sid of sids('SM', 20)) {
    await message(messageStatus(sid, 'sent'));
    await message(messageStatus(sid, 'delivered'));
  }
  await message(messageStatus(freshSid('SM'), 'failed'));
  for (const sid of sids('SM', 9)) await message(messageStatus(sid, 'failed', { ErrorCode: '30007' }));

  for (const sid of sids('CA', 10)) {
    await call(callStatus(sid, 'initiated'));
    await call(callStatus(sid, 'completed'));
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

const sids = (prefix: string, count: number) => Array.from({ length: count }, () => freshSid(prefix));

const expecting =
  (status: number, url: string, signing = {}) =>
  async (params: Params) =>
    check(status, await signedPost(url, params, signing));

function check(status: number, response: Response): void {
  if (response.status !== status) throw new Error(`answered ${response.status} instead of ${status}`);
}
