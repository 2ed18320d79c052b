import { readFileSync } from 'node:fs';

export interface Sample {
  readonly name: string;
  readonly body: string;
}

/** What should become of a sample: the label that it counts under in its family, or why it is refused. */
export interface Expected {
  readonly family?: string;
  readonly label?: string;
  readonly reason?: string;
  readonly outcome?: string;
  readonly delivery?: string;
  readonly category?: string;
  readonly product?: string;
  readonly warning?: true;
  readonly dropped?: true;
  readonly refused?: string;
}

/** A sample with the URL that it was signed for. */
export interface SignedSample extends Sample {
  readonly method: string;
  readonly url: string;
  /** Twilio's; without one the test signs it. */
  readonly signature?: string;
  readonly expect: Expected;
}

const read = (file: string) => JSON.parse(readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8'));

/** The samples of one fixture file, as Twilio sends them. */
export const samples = (file: string): Sample[] => read(file).samples;

/** The same with what they are signed for, and the token. */
export const signedSamples = (file: string): { readonly authToken: string; readonly samples: SignedSample[] } =>
  read(file);

/** The batches of SendGrid, and the public key that they are signed for. */
export function signedEmails(): {
  readonly publicKey: string;
  readonly samples: readonly (Sample & { readonly headers: Readonly<Record<string, string>> })[];
} {
  return JSON.parse(readFileSync(new URL('fixtures/sendgrid/event-webhook.json', import.meta.url), 'utf8'));
}
