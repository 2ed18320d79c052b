import type { Instruments } from '../../instrumentation/instruments.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Outcomes } from '../receive/outcomes.ts';
import { TOKEN_INDEXES, type Verifier } from '../verify/verifier.ts';
import { VERSION } from '../version.ts';

/** What the agent tells of its own rooms. */
export function observeAgent(instruments: Instruments, verifier: Verifier, ledger: Ledger, outcomes: Outcomes): void {
  instruments.observe('callbacks', () => outcomes.read());
  instruments.observe('signatureVerification', () => (verifier.signed ? 1 : 0));
  instruments.observe('signaturesVerified', () =>
    TOKEN_INDEXES.map((token_index, i) => [verifier.verifiedByToken[i] ?? 0, { token_index }] as const),
  );
  instruments.observe('buildInfo', () => [[1, { version: VERSION }]]);
  instruments.observe('ledgerVolatile', () => (ledger.volatile ? 1 : 0));
  instruments.observe('ledgerEntries', () => ledger.stats().entries);
  instruments.observe('ledgerEntriesLimit', () => ledger.stats().maxEntries);
  instruments.observe('ledgerSize', () => ledger.stats().bytes);
  instruments.observe('ledgerWindow', () => ledger.stats().windowSeconds);
  instruments.observe('ledgerAvailable', () => (ledger.unavailable() ? 0 : 1));
}
