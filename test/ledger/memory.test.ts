import { MemoryLedger } from '../../src/ledger/memory.ts';
import { ledgerContract } from './contract.ts';

describe('ledger: memory', () => {
  ledgerContract({ open: async (setting) => new MemoryLedger(setting) }, { runs: 300 });
});
