// Before `npm pack` and `npm publish`: builds from nothing, and writes what the package tells of its dependencies.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const npm = (...args) => execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const write = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

rmSync('dist', { recursive: true, force: true });
npm('run', '--silent', 'build');

// The bill of materials names each package with its version, its licence and its hash.
const sbom = JSON.parse(npm('sbom', '--package-lock-only', '--omit', 'dev', '--sbom-format', 'cyclonedx'));
write('sbom.cdx.json', sbom);

// npm obeys this file of an installed package: every package beneath it comes in the version and with the hash that this
// one was tested with. package-lock.json itself is never published.
const { packages, ...lock } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const { devDependencies: _, ...root } = packages[''];
const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
write('npm-shrinkwrap.json', { ...lock, packages: Object.fromEntries([['', root], ...shipped]) });
