/** What became of a push. `unavailable` and `timeout` are the ones that another attempt may mend. */
export const EXPORT_OUTCOMES = ['success', 'partial', 'rejected', 'unavailable', 'timeout'] as const;
export type ExportOutcome = (typeof EXPORT_OUTCOMES)[number];

/** How a backend answered one attempt. */
export interface Answer {
  readonly outcome: ExportOutcome;
  /** What it said, or what the network said in its place; empty when all is well. */
  readonly words: string;
  /** Data points that it took none of, in a partial success. */
  readonly rejectedPoints?: number;
  /** It certainly took nothing, so that sending the same deltas again cannot count them twice. */
  readonly untouched?: boolean;
  /** How long it wants to be left alone. */
  readonly retryAfterMs?: number;
}

/** One road to a backend. `send` never rejects, and is over when the signal is aborted. */
export interface Transport {
  send(body: Uint8Array, timeoutMs: number, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** What is said of an accepted request whose answer cannot be read. */
export const NOT_OTLP = 'the answer is not OTLP: is this the URL of an OTLP backend?';

/** The answer to an accepted request, whose body may say that some points were not. */
export function accepted(
  response: { readonly rejectedDataPoints?: unknown; readonly errorMessage?: unknown } = {},
): Answer {
  const rejectedPoints = Math.max(0, Number(response.rejectedDataPoints) || 0);
  const words = String(response.errorMessage ?? '');
  // A message without rejected points is advice of the backend's, the points were taken.
  if (rejectedPoints === 0) return { outcome: 'success', words };
  return { outcome: 'partial', words, rejectedPoints };
}

const LONGEST = 200;

/** A backend's words as one short line without the secrets that were sent to it. */
export function oneLine(words: string, secrets: readonly string[]): string {
  const hidden = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), words);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const line = hidden.replaceAll(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line;
}

/** Header values, and what is inside them, that must not come back in a log line. */
export function secretsOf(headers: Readonly<Record<string, string>>): string[] {
  const parts = Object.values(headers).flatMap((value) => [value, ...value.split(/[\s,;=]+/)]);
  const decoded = parts
    .filter((part) => /^[A-Za-z0-9+/]{8,}={0,2}$/.test(part))
    .map((part) => Buffer.from(part, 'base64').toString())
    .flatMap((text) => [text, ...text.split(':')]);
  return [...new Set([...parts, ...decoded])].filter((part) => part.length >= 6).sort((a, b) => b.length - a.length);
}
