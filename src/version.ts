import { readFileSync } from 'node:fs';

/** The package's folder, found from the sources and from `dist/` alike. */
export const PACKAGE_ROOT: URL = [new URL('../', import.meta.url), new URL('../../', import.meta.url)].find((root) => {
  try {
    return JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).name === 'twilio-otel-agent';
  } catch {
    return false;
  }
})!;

export const VERSION: string = JSON.parse(readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8')).version;
