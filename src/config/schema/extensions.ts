import { check, count, duration, text } from '../values.ts';
import { section } from './section.ts';

/** What every keeping of the ledger has in common. */
const bounds = (entries: number) => ({
  window: duration('7d', { min: '1m', max: '90d' }).describe(
    'How long a callback is remembered, and up to a sixteenth longer; a copy that comes later may count again.',
  ),
  max_entries: count(entries, { min: 1_000, max: 1_000_000_000 }).describe(
    'The most messages and calls that are remembered; over it the oldest sixteenth goes first, bit by bit.',
  ),
});

export const extensions = section({
  health_check: section({}).describe("`/health`, `/ready` and `/live` on the receiver's port. It has no keys."),
  file_storage: section({
    directory: check(text('./data'), (path) => (path === '' ? 'must name a folder' : undefined)).describe(
      'The folder of the ledger.',
    ),
    ...bounds(10_000_000),
  }).describe('The ledger on disk: what was counted is counted once, also across `kill -9`.'),
  memory: section(bounds(500_000)).describe('The ledger in memory: a restart forgets everything, the totals too.'),
});
