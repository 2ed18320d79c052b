import { entryChange, payloadOf } from './debugger-entry.ts';
import type { FormFeed } from './feed.ts';
import { misdirected } from './misdirected.ts';

const wrongOf = misdirected('debugger');

/**
 * The webhook of Twilio's debugger, called for each error and warning of an account, and of its subaccounts. An entry that
 * Event Streams tells of, too, is the same one. https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks
 */
export const debuggerFeed: FormFeed = {
  name: 'debugger',
  content: 'form',
  // The payload holds what an application was asked and what it answered, which may be a page of HTML.
  longValues: true,
  read(form) {
    const wrong = wrongOf(form);
    if (wrong) throw wrong;
    const entry = {
      sid: form.sid('Sid', 'NO'),
      level: form.text('Level'),
      code: undefined,
      payload: payloadOf(form.free('Payload')),
    };
    form.time('Timestamp');
    const change = entryChange(entry, form.reception.isOwnUrl);
    return change ? { changes: [change] } : { changes: [], ignored: true };
  },
};
