import type { AlsoCounted, EventRow } from './row.ts';

/** A task of TaskRouter ends in one of these events. */
const ended = (outcome: string): AlsoCounted => ({
  counts: 'tasksEnded',
  when: `task.${outcome}`,
  label: { key: 'outcome', from: ['EventType'], prefix: 'task.' },
});

/** What happens in products beside messages and calls. */
export const PRODUCT_ROWS: readonly EventRow[] = [
  {
    name: 'taskrouter',
    docs: 'https://www.twilio.com/docs/taskrouter/api/event/reference',
    counts: 'taskrouterCallback',
    label: { key: 'event', from: ['EventType'] },
    // Timestamp is in seconds; an event has no other time, and the SID of the event is not always sent.
    identity: ['ResourceSid', ['WT', 'WR', 'WK', 'WA', 'WW', 'WQ', 'WS', 'TC'], 'EventType', 'Timestamp'],
    time: 'Timestamp',
    inSeconds: true,
    also: ['canceled', 'completed', 'deleted', 'system-deleted'].map(ended),
  },
  {
    name: 'bundle',
    docs: 'https://www.twilio.com/docs/phone-numbers/regulatory/api/bundles',
    counts: 'bundleCallback',
    label: { key: 'status', from: ['Status'] },
    identity: ['BundleSid', ['BU'], 'Status'],
  },
  {
    name: 'conversations',
    docs: 'https://www.twilio.com/docs/conversations/conversations-webhooks',
    counts: 'conversationsCallback',
    label: { key: 'event', from: ['EventType'] },
    identity: ['ConversationSid', ['CH'], 'EventType', 'StateUpdated|DateUpdated?'],
    about: [
      ['onDelivery', ['DeliveryReceiptSid', ['DY'], 'Status']],
      ['onMessage', ['MessageSid', ['IM'], 'EventType', 'DateUpdated?']],
      ['onParticipant', ['ParticipantSid', ['MB'], 'EventType', 'DateUpdated?']],
      ['onUser', ['UserSid', ['US'], 'EventType', 'DateUpdated?']],
    ],
    once: [
      'onMessageAdded',
      'onMessageRemoved',
      'onConversationAdded',
      'onConversationRemoved',
      'onParticipantAdded',
      'onParticipantRemoved',
      'onUserAdded',
    ],
    also: [
      { counts: 'conversationsDeliveries', when: 'onDeliveryUpdated', label: { key: 'status', from: ['Status'] } },
    ],
  },
  {
    name: 'sync',
    docs: 'https://www.twilio.com/docs/sync/webhooks',
    counts: 'syncCallback',
    label: { key: 'event', from: ['EventType'] },
    // None of these has a time: a revision or a sequence number tells one change of an object from the next.
    identity: ['DocumentSid|ResourceSid', ['ET'], 'EventType', 'DocumentRevision|DateUpdated|DateCreated?'],
    about: [
      ['list_', ['ListSid|ResourceSid', ['ES'], 'EventType', 'EventId|ListRevision|DateUpdated|DateCreated?']],
      ['map_', ['MapSid|ResourceSid', ['MP'], 'EventType', 'EventId|MapRevision|DateUpdated|DateCreated?']],
      ['stream_', ['StreamSid|ResourceSid', ['TO'], 'EventType', 'MessageSid|EventId|DateUpdated|DateCreated?']],
      ['endpoint_', ['ServiceSid', ['IS'], 'EventType', 'EndpointId~']],
    ],
  },
  {
    name: 'usage-trigger',
    docs: 'https://www.twilio.com/docs/usage/api/usage-trigger',
    counts: 'usageTriggerCallback',
    label: { key: 'usage_category', from: ['UsageCategory'] },
    identity: ['UsageTriggerSid', ['UT'], 'IdempotencyToken~'],
    time: 'DateFired',
  },
];
