import type { Instruments } from '../../instrumentation/instruments.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Outcomes } from '../receive/outcomes.ts';
import type { SendGridVerifier } from '../verify/sendgrid.ts';
import type { Verifier } from '../verify/verifier.ts';
import { VERSION } from '../version.ts';

export interface Observed {
  readonly verifier: Verifier;
  readonly sendgrid: SendGridVerifier;
  readonly ledger: Ledger;
  /** One for each request. */
  readonly outcomes: Outcomes;
  /** One for each event of a batch. */
  readonly eventOutcomes: Outcomes;
}

/** What the agent tells of its own rooms. */
export function observeAgent(instruments: Instruments, observed: Observed): void {
  const { verifier, sendgrid, ledger, outcomes, eventOutcomes } = observed;
  instruments.observe('callbacks', () =>
    [...outcomes.read()].map(([count, family, outcome]) => [count, { family, outcome }] as const),
  );
  instruments.observe('events', () =>
    [...eventOutcomes.read()].map(([count, feed, outcome]) => [count, { feed, outcome }] as const),
  );
  instruments.observe('signatureVerification', () => (verifier.signed ? 1 : 0));
  instruments.observe('signaturesVerified', () =>
    [...verifier.verified, ...sendgrid.verified].map(([token_index, count]) => [count, { token_index }] as const),
  );
  instruments.observe('buildInfo', () => [[1, { version: VERSION }]]);
  instruments.observe('ledgerVolatile', () => (ledger.volatile ? 1 : 0));
  instruments.observe('ledgerEntries', () => ledger.stats().entries);
  instruments.observe('ledgerEntriesLimit', () => ledger.stats().maxEntries);
  instruments.observe('ledgerSize', () => ledger.stats().bytes);
  instruments.observe('ledgerWindow', () => ledger.stats().windowSeconds);
  instruments.observe('ledgerAvailable', () => (ledger.unavailable() ? 0 : 1));
}
