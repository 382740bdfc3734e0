/** Refusals of nonsense, worded alike: each throws `RangeError` naming the option and the value. */

function refuse(name: string, rule: string, value: number): never {
  throw new RangeError(`${name} must be ${rule}, got ${value}`);
}

export function requireFinite(name: string, value: number): number {
  return Number.isFinite(value) ? value : refuse(name, 'a finite number', value);
}

export function requirePositive(name: string, value: number): number {
  return Number.isFinite(value) && value > 0 ? value : refuse(name, 'a finite number above 0', value);
}

export function requireNonNegative(name: string, value: number): number {
  return Number.isFinite(value) && value >= 0 ? value : refuse(name, 'a finite number of 0 or more', value);
}

export function requireCount(name: string, value: number, least: number): number {
  return Number.isSafeInteger(value) && value >= least ? value : refuse(name, `an integer of ${least} or more`, value);
}

/** A part of the whole: above 0, at most 1. */
export function requireShare(name: string, value: number): number {
  return value > 0 && value <= 1 ? value : refuse(name, 'above 0 and at most 1', value);
}

/** What a source of chance gives, 0 to 1. A NaN here would become a wait that never ends. */
export function requireRandom(value: number): number {
  return value >= 0 && value <= 1 ? value : refuse('random', 'between 0 and 1', value);
}
