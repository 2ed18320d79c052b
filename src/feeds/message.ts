import { message as family, MESSAGE_STATUSES, type MessageEvent } from '../families/message.ts';
import { formFeed } from './feed.ts';
import type { MessageNames } from './labeler.ts';

const NAMES: MessageNames = {
  sid: 'MessageSid',
  from: 'From',
  to: 'To',
  account: 'AccountSid',
  service: 'MessagingServiceSid',
};

/** Status callbacks of outbound SMS, MMS, WhatsApp and RCS. https://www.twilio.com/docs/messaging/guides/track-outbound-message-status */
export const message = formFeed(
  'message',
  family,
  (form): MessageEvent => ({
    sid: form.sid('MessageSid', 'SM', 'MM'),
    status: form.oneOf('MessageStatus', MESSAGE_STATUSES),
    error: form.reception.errorCodes.read(form.optional('ErrorCode')),
    segments: undefined,
    at: form.reception.receivedAtMs,
    labels: form.reception.labeler.message(form, NAMES, 'outbound'),
  }),
);
