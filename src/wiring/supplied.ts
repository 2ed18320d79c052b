import type { SuppliedValues } from '../../instrumentation/metrics.ts';
import { LIFECYCLES } from '../families/index.ts';
import { FEED_NAMES } from '../feeds/index.ts';
import { OUTCOMES, TRANSPORT_REASONS } from '../rejection.ts';
import { DISCOVERED, SHARED_KEY_INDEXES, TOKEN_INDEXES } from '../verify/keys.ts';
import { SENDGRID_KEY_INDEXES } from '../verify/sendgrid.ts';

/** The closed sets that the metric table leaves to the rooms which own them. */
export const suppliedValues = (exporters: readonly string[] = ['otlp']): SuppliedValues => ({
  feeds: FEED_NAMES,
  families: LIFECYCLES.map(({ name }) => name),
  outcomes: OUTCOMES,
  transportReasons: TRANSPORT_REASONS,
  tokens: [...TOKEN_INDEXES, ...SHARED_KEY_INDEXES, ...SENDGRID_KEY_INDEXES, DISCOVERED],
  exporters,
});
