import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import type { Clock } from '../clock.ts';
import type { Parameters } from '../feeds/reading/parameters.ts';
import { VERSION } from '../version.ts';
import { type CountryOf, loadCountries } from './countries.ts';
import { Redactor } from './redact.ts';

const MAX_BYTES = 64 * 1_048_576;
/** What the disk has not taken yet. */
const MAX_WAITING = 4 * 1_048_576;

export type Form = readonly (readonly [name: string, value: string])[];

/** The first line of a recording. */
export interface Head {
  readonly recording: 1;
  readonly version: string;
}

/** One verified request: ms since the recording began, and a form or a body of JSON. */
export type Line = { readonly ms: number; readonly feed: string } & (
  | { readonly method: 'GET' | 'POST'; readonly form: Form }
  | { readonly json: unknown }
);

export interface RecorderOptions {
  readonly clock: Clock;
  /** What becomes of it, once it takes no more. */
  readonly tell: (text: string) => void;
  readonly maxBytes?: number;
}

/** Writes what was verified into a file, a line each, without what it says of persons. It stops when the file is large. */
export class Recorder {
  readonly #stream: WriteStream;
  readonly #options: Required<RecorderOptions>;
  readonly #startedMs: number;
  readonly #redactor: Redactor;
  #bytes = 0;
  #dropped = 0;
  #closed = false;

  private constructor(stream: WriteStream, options: Required<RecorderOptions>, countryOf: CountryOf) {
    this.#stream = stream;
    this.#options = options;
    this.#startedMs = options.clock.nowMs();
    this.#redactor = new Redactor(this.#startedMs, countryOf);
    this.#write({ recording: 1, version: VERSION } satisfies Head);
    stream.on('error', (error: NodeJS.ErrnoException) => this.#stop(`the recording cannot be written (${error.code})`));
  }

  /** Begins a file. Rejects where it cannot be written, or is there already. */
  static async open(file: string, { maxBytes = MAX_BYTES, ...options }: RecorderOptions): Promise<Recorder> {
    const stream = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    await once(stream, 'open');
    return new Recorder(stream, { maxBytes, ...options }, await loadCountries());
  }

  form(feed: string, method: string | undefined, parameters: Parameters, isOwnUrl: (url: string) => boolean): void {
    if (this.#closed) return;
    const redactor = this.#redactor;
    const form = Array.from({ length: parameters.count }, (_, i): Form[number] => {
      const name = parameters.name(i);
      return [redactor.name(name), redactor.text(name, parameters.value(i), isOwnUrl)];
    });
    this.#write({ ms: this.#ms(), feed, method: method === 'GET' ? 'GET' : 'POST', form } satisfies Line);
  }

  batch(feed: string, value: unknown, isOwnUrl: (url: string) => boolean): void {
    if (this.#closed) return;
    this.#write({ ms: this.#ms(), feed, json: this.#redactor.json(value, isOwnUrl) } satisfies Line);
  }

  /** Resolves once all of it is in the file. */
  async close(): Promise<void> {
    if (!this.#closed && this.#dropped > 0)
      this.#options.tell(`${this.#dropped} requests came too fast to be recorded`);
    this.#closed = true;
    if (!this.#stream.closed) await new Promise((resolve) => this.#stream.end(resolve));
  }

  #ms(): number {
    return Math.round(this.#options.clock.nowMs() - this.#startedMs);
  }

  #write(line: object): void {
    const text = `${JSON.stringify(line)}\n`;
    if (this.#stream.writableLength > MAX_WAITING) {
      this.#dropped++;
      return;
    }
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > this.#options.maxBytes) this.#stop('the recording is as large as it may be, and ends here');
    else this.#stream.write(text);
  }

  #stop(text: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.tell(text);
    this.#stream.end();
  }
}
