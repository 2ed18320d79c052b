import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { command } from '../command.ts';
import { emailSignature, newSigner, SIGNATURE, type Signer, TIMESTAMP } from '../sendgrid.ts';
import { told } from '../told.ts';

const [signer, other] = [newSigner(), newSigner()];
const SECONDS = '1791979392';
const BATCH = [
  '[{"email":"wilhelmina@lighthouse.example","event":"open","sg_event_id":"bmV2ZXI","timestamp":1791979392},',
  '{"email":"wilhelmina@lighthouse.example","event":"click","sg_event_id":"c2Vjb25k","timestamp":1791979392}]',
  '',
].join('\r\n');

interface Given {
  readonly by?: Signer;
  /** The body as it arrived. */
  readonly body?: string;
  /** `null` where something on the way dropped the header. */
  readonly signature?: string | null;
  readonly timestamp?: string;
}

/** The request as it arrived, in raw HTTP; SendGrid signed the whole batch. */
function raw({ by = signer, body = BATCH, signature, timestamp = SECONDS }: Given): string {
  const text = signature === undefined ? emailSignature(by, SECONDS, BATCH).toString('base64') : signature;
  return [
    'POST /webhooks/sendgrid HTTP/1.1',
    'Host: hooks.example.com',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(text === null ? [] : [`${SIGNATURE}: ${text}`]),
    `${TIMESTAMP}: ${timestamp}`,
    '',
    body,
  ].join('\r\n');
}

const CHANGED = 'body: its line ends were changed, or its JSON was written anew';
const CASES: readonly (readonly [name: string, given: Given, keys: readonly Signer[], says: string])[] = [
  ['it is whole, however old it is', {}, [signer], 'its signature holds, with key 1 of 1'],
  ['it is signed for the second key', {}, [other, signer], 'its signature holds, with key 2 of 2'],
  ['there is no key', {}, [], 'it is of SendGrid, and there is no public key'],
  ['it is signed for another key', { by: other }, [signer], 'signature_invalid: '],
  ['its time was changed', { timestamp: '1791979393' }, [signer], 'signature_invalid: '],
  ['its signature was cut', { signature: 'MEUCIQ==' }, [signer], 'signature_invalid: '],
  ['its signature was dropped', { signature: null }, [signer], 'signature_missing: '],
  ['its line ends became those of Unix', { body: BATCH.replaceAll('\r\n', '\n') }, [signer], CHANGED],
  ['its last line end was trimmed', { body: BATCH.trimEnd() }, [signer], CHANGED],
  ['its JSON was written anew in one line', { body: JSON.stringify(JSON.parse(BATCH)) }, [signer], CHANGED],
  ['its JSON was set out anew', { body: JSON.stringify(JSON.parse(BATCH), null, 2) }, [signer], CHANGED],
  ['an event was altered', { body: BATCH.replace('click', 'open') }, [signer], 'signature_invalid: '],
  ['its body was lost', { body: '' }, [signer], 'signature_invalid: '],
  ['its body is a number', { body: '7' }, [signer], 'signature_invalid: '],
];

describe('doctor --request: what was done to a batch of SendGrid on the way', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-request-emails-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, given, keys, says] of CASES) {
    it(name, async () => {
      const file = join(folder, 'request.txt');
      writeFileSync(file, raw(given));
      const { code, stdout } = await command(['doctor', '--request', file, '--json'], {
        TWILIO_AUTH_TOKEN: 'c0ffee00c0ffee00c0ffee00c0ffee00',
        SENDGRID_PUBLIC_KEY: keys.map(({ shown }) => shown).join(','),
        STORAGE_DIR: folder,
      });
      const { findings } = JSON.parse(told(stdout)) as { findings: { says: string; fix?: string }[] };
      expect(findings.map((finding) => finding.says.slice(0, says.length))).to.deep.equal([says]);
      expect(code).to.equal(says.startsWith('its signature holds') ? 0 : 1);
      expect(stdout).to.not.match(/wilhelmina|bmV2ZXI|c2Vjb25k|MEUCIQ|MEQC/);
    });
  }
});
