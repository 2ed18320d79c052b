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
    also: ['canceled', 'completed', 'deleted', 'system-deleted'].map(ended),
  },
  {
    name: 'bundle',
    docs: 'https://www.twilio.com/docs/phone-numbers/regulatory/api/bundles',
    counts: 'bundleCallback',
    label: { key: 'status', from: ['Status'] },
    identity: ['BundleSid', ['BU'], 'Status'],
  },
];
