#!/usr/bin/env node
import { run } from './cli.ts';

// Whatever a command writes, the ledger above all, only its own user may read.
process.umask(0o077);
process.exitCode = await run(process);
