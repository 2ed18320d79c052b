/**
 * What must never come out again: the values that a callback carries, and what guards them. Each is looked for as it
 * was sent, URL-encoded, and in base64 at each of its three alignments.
 */
export class Secrets {
  readonly #needles = new Map<string, string>();

  add(name: string, value: string): void {
    // A short value would be found by chance.
    if (value.length < 8) return;
    const encoded = encodeURIComponent(value);
    for (const form of [value, encoded, encoded.replaceAll('%20', '+'), encoded.toLowerCase(), ...base64(value)]) {
      this.#needles.set(form, name);
    }
  }

  /** The names of all secrets that the text holds. */
  found(text: string): string[] {
    const names = new Set<string>();
    for (const [needle, name] of this.#needles) if (text.includes(needle)) names.add(name);
    return [...names];
  }

  get size(): number {
    return this.#needles.size;
  }
}

/** The parts of its base64 that do not depend on what stands before and after it. */
function base64(value: string): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.from('x'.repeat(offset) + value).toString('base64');
    const start = offset === 0 ? 0 : 4;
    return text.slice(start, text.length - (text.endsWith('=') ? 4 : 0));
  });
}
