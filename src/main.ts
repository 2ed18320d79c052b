#!/usr/bin/env node
import { constants, setPriority } from 'node:os';

// Whatever a command writes, the ledger above all, only its own user may read.
process.umask(0o077);
if (process.argv.includes('ledger')) yieldToTheAgent();
// Loading is most of the work of a small command, so it comes after that.
const { run } = await import('./cli.ts');
process.exitCode = await run(process);

/** A backup runs beside an agent that answers callbacks: it takes the CPU time that is left. */
function yieldToTheAgent(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox may forbid it.
  }
}
