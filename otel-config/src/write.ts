import { writeFileSync } from 'node:fs';
import { sloRules } from './slo-rules.ts';
import { sloTests } from './slo-tests.ts';

// `npm run rules`: the files of Prometheus that are generated. A test fails when one of them drifts.
const file = (path: string) => new URL(`../prometheus/${path}`, import.meta.url);
writeFileSync(file('rules/slo.yml'), sloRules());
writeFileSync(file('tests/slo.yml'), sloTests());
