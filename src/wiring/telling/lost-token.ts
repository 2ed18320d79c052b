import { isSigned } from '../../config/listen.ts';
import type { Config } from '../../config/schema.ts';
import { holdsLedger } from '../../ledger/disk/leveldb/files.ts';
import { ledgerDirectory } from '../../ledger/open.ts';

/**
 * Why an agent without a token is none that was meant to have none: where a trial would have a ledger of its own, that of
 * an agent with a token lies. The other signs of a lost token are settings, which the rules of the configuration know.
 */
export function lostToken(config: Config): string | undefined {
  const { twilio } = config.receivers;
  if (isSigned(twilio) || twilio.allow_unsigned || twilio.storage !== 'file_storage') return undefined;
  const directory = ledgerDirectory(config, false);
  if (!holdsLedger(directory)) return undefined;
  return `ledger: ${directory} holds what an agent with a token has counted, but no auth token is set: set TWILIO_AUTH_TOKEN (an empty one is none), or ask for a local trial with --trial, which counts in ${ledgerDirectory(config, true)}`;
}
