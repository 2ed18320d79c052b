import { reject } from '../../rejection.ts';
import { CONTROL, Fields, type Reception } from './fields.ts';
import type { NameSet, Parameters } from './parameters.ts';

/** The parameters of one verified callback. A parameter that a feed reads may be given once only. */
export class Form extends Fields {
  readonly #parameters: Parameters;

  constructor(parameters: Parameters, reception: Reception) {
    super(reception);
    this.#parameters = parameters;
  }

  /** Those of the names that have a value. */
  shown(names: NameSet): readonly string[] {
    return this.#parameters.shown(names);
  }

  /** True when a parameter has a value, and one that looks like this. Nothing is read: it may be there twice. */
  shows(name: string, pattern?: RegExp): boolean {
    const at = this.#parameters.find(name);
    if (at === -1 || this.#parameters.isEmpty(at)) return false;
    return !pattern || pattern.test(this.#parameters.value(at));
  }

  /** The first value of a parameter, as it was sent; empty where there is none. */
  first(name: string): string {
    const at = this.#parameters.find(name);
    return at === -1 ? '' : this.#parameters.value(at);
  }

  peek(name: string): string | undefined {
    const at = this.#parameters.find(name);
    if (at === -1 || this.#parameters.isEmpty(at)) return undefined;
    return this.#parameters.find(name, at + 1) === -1 ? this.#parameters.value(at) : undefined;
  }

  protected value(name: string): string | undefined {
    const at = this.#parameters.find(name);
    if (at === -1) return undefined;
    if (this.#parameters.find(name, at + 1) !== -1) throw reject('duplicate_parameter', name);
    return this.#parameters.isEmpty(at) ? undefined : this.#parameters.value(at);
  }

  /**
   * The same of a code or a time. A callback that hides one in another parameter is refused: without its `Timestamp` a
   * call of long ago would be counted again.
   */
  override optional(name: string): string | undefined {
    const value = this.value(name);
    const bad = value === undefined ? this.reception.signed?.holds(name) : this.#hasControl(value);
    if (bad) throw reject('invalid_field', name);
    return value;
  }

  #hasControl(value: string): boolean {
    return !this.#parameters.plain && CONTROL.test(value);
  }
}
