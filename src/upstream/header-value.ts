/** Visible ASCII, space, tab and Latin-1: what RFC 9110 §5.5 lets stand in a field value. No CR, LF or NUL. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A token of RFC 9110 §5.6.2. */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export function isHeaderValue(value: string): boolean {
  return FIELD_VALUE.test(value);
}

export function isHeaderName(name: string): boolean {
  return FIELD_NAME.test(name);
}
