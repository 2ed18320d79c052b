import { effectiveYaml } from '../../config/layers/files.ts';

const SID = /\b([A-Z]{2})[0-9a-f]{32}\b/gi;

/**
 * The configuration for a page that everybody may see: without secrets, as `validate` prints it, and also without SIDs
 * and without where requests are passed on to, which lies behind the agent.
 */
export function configForAll(effective: unknown): string {
  const text = JSON.stringify(effective, (key, value: unknown) => (key === 'to' && value !== '' ? '***' : value));
  return effectiveYaml(JSON.parse(text)).replaceAll(SID, '$1***');
}
