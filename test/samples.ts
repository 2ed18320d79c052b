import { readFileSync } from 'node:fs';

export interface Sample {
  readonly name: string;
  readonly body: string;
}

/** The samples of one fixture file, as Twilio sends them. */
export function samples(file: string): Sample[] {
  return JSON.parse(readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')).samples;
}
