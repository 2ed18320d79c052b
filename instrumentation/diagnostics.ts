import { DiagLogLevel, diag } from '@opentelemetry/api';

const LONGEST = 300;
const ignore = () => {};

/** Hands on what the SDK warns of; without this it warns nobody. For the whole process. */
export function onSdkWarning(tell: (message: string) => void): void {
  const warn = (message: string, ...rest: unknown[]) =>
    tell([message, ...rest.map(String)].join(' ').slice(0, LONGEST));
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
