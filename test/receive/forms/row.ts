import { changed, form, type Pair, PUBLIC_URL, request, type Signing, signature, signed } from '../support/wire.ts';
import type { FormCase } from './good.ts';

/** One request to a form feed, the status of its answer and its outcome; `other` where it counts as that. */
export interface FormRow {
  readonly name: string;
  readonly bytes: () => Buffer;
  readonly status: number;
  readonly outcome: string;
  readonly other?: true;
}

type List = () => readonly Pair[];

/** Makes the rows of one feed. */
export class Rows {
  readonly feed: FormCase;
  readonly target: string;

  constructor(feed: FormCase) {
    this.feed = feed;
    this.target = `/webhooks/${feed.name}`;
  }

  signed(pairs: readonly Pair[], options: Signing = {}): Buffer {
    return signed(pairs, { target: this.target, ...options });
  }

  row(name: string, bytes: () => Buffer, status: number, outcome: string): FormRow {
    return { name, bytes, status, outcome };
  }

  /** With that header in place of the right signature. */
  unsigned(name: string, header: string | null, outcome = 'signature_invalid'): FormRow {
    const options = { headers: { 'X-Twilio-Signature': header } };
    return this.row(name, () => this.signed(this.feed.pairs(), options), 401, outcome);
  }

  /** Signed otherwise than it was sent. */
  forged(name: string, options: (pairs: readonly Pair[]) => Signing): FormRow {
    const bytes = () => {
      const pairs = this.feed.pairs();
      return this.signed(pairs, options(pairs));
    };
    return this.row(name, bytes, 401, 'signature_invalid');
  }

  taken(name: string, list: List): FormRow {
    return this.row(name, () => this.signed(list()), 204, 'accepted');
  }

  refused(name: string, outcome: string, list: List): FormRow {
    return this.row(name, () => this.signed(list()), 400, outcome);
  }

  /** The body written in another way, with the signature of what it says. */
  written(name: string, text: (body: string) => string, ...more: readonly Pair[]): FormRow {
    const bytes = () => {
      const pairs = this.feed.pairs();
      return this.signed([...pairs, ...more], { body: text(form(pairs)) });
    };
    return this.row(name, bytes, 204, 'accepted');
  }

  malformed(name: string, more: string): FormRow {
    const bytes = () => {
      const pairs = this.feed.pairs();
      return this.signed(pairs, { body: form(pairs) + more });
    };
    return this.row(name, bytes, 400, 'malformed_form');
  }

  byGet(name: string): FormRow {
    const bytes = () => {
      const target = `${this.target}?${form(this.feed.pairs())}`;
      const right = signature(PUBLIC_URL + target);
      const headers = { 'Content-Type': null, 'Content-Length': null, 'X-Twilio-Signature': right };
      return request({ method: 'GET', target, headers });
    };
    return this.row(name, bytes, 204, 'accepted');
  }

  /** A good callback with another value of one parameter, by default of the SID. */
  valued(value: (now: string) => string, name = this.feed.sid): List {
    return () => {
      const pairs = this.feed.pairs();
      return changed(pairs, name, value(new Map(pairs).get(name)!));
    };
  }

  /** A value of the label that nobody knows. The level of the Debugger has no other: what is no error is not counted. */
  odd(name: string, value: (now: string) => string): FormRow {
    const { key, label } = this.feed;
    const row = this.row(name, () => this.signed(this.valued(value, label)()), 204, key ? 'accepted' : 'ignored');
    return key ? { ...row, other: true } : row;
  }
}
