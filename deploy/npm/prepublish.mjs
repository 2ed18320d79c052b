// Before `npm publish`: provenance needs the repository that the package really comes from.
import { readFileSync } from 'node:fs';

const { repository } = JSON.parse(readFileSync('package.json', 'utf8'));
if (repository.url.includes('example.invalid')) {
  process.stderr.write('package.json: set repository.url to where this repository is published\n');
  process.exitCode = 1;
}
