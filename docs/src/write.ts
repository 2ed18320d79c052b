import { readFileSync, writeFileSync } from 'node:fs';
import { metricsMarkdown } from '../../instrumentation/docs.ts';
import { suppliedValues } from '../../src/wiring/supplied.ts';
import { withReference } from './reference.ts';
import { sloMarkdown, withSloSections } from './slo.ts';
import { urlsMarkdown } from './urls.ts';

// `npm run docs`: every page, or part of one, that is generated. Each has a test that fails when it drifts.
const page = (path: string) => new URL(`../../${path}`, import.meta.url);

const CONFIGURATION = page('docs/configuration.md');
writeFileSync(page('METRICS.md'), metricsMarkdown(suppliedValues()));
writeFileSync(CONFIGURATION, withReference(readFileSync(CONFIGURATION, 'utf8')));
writeFileSync(page('docs/urls.md'), urlsMarkdown());

const RUNBOOK = page('otel-config/prometheus/RUNBOOK.md');
writeFileSync(page('docs/slo.md'), sloMarkdown());
writeFileSync(RUNBOOK, withSloSections(readFileSync(RUNBOOK, 'utf8')));
