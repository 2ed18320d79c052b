import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { AccountApi } from './twilio/api.ts';

/** What checks look at, and what earlier ones found out for later ones. */
export interface Room {
  readonly config: Config;
  /** The configuration was asked for as a local trial. */
  readonly trial: boolean;
  /** What was laid over what, in words. */
  readonly layers: string;
  readonly clock: Clock;
  /** Bytes that are free on the disk of a folder. */
  readonly freeBytes: (folder: string) => number;
  /** Each account of Twilio's that the doctor can sign in to. */
  readonly accounts: readonly AccountApi[];
  /** Whether an agent runs on this machine with this configuration, as far as was found out. */
  readonly agent: { running: boolean };
}
