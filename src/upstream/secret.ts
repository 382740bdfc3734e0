import { inspect } from 'node:util';

const REDACTED = '<redacted>';

/**
 * A credential that cannot be printed by accident: `String()`, templates, `JSON.stringify` and `util.inspect` all show
 * `<redacted>`, and it has no own property to enumerate. `reveal()` is the only way out.
 */
export class Secret {
  readonly #value: string;

  /** Throws on an empty value: an empty credential is a mistake of configuration, never a choice. */
  constructor(value: string) {
    if (value === '') throw new TypeError('a secret must not be empty');
    this.#value = value;
  }

  /** The value itself. Call it where the value leaves for the wire, and nowhere else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
