// After `npm pack`: an npm-shrinkwrap.json that stays would go before package-lock.json here.
import { rmSync } from 'node:fs';

for (const file of ['npm-shrinkwrap.json', 'sbom.cdx.json']) rmSync(file, { force: true });
