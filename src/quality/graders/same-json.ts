import { isJsonObject, type JsonValue } from '../../model/json.ts';

export interface Tolerance {
  /** Most absolute difference of two numbers. */
  readonly abs?: number | undefined;
  /** Most difference as a share of the expected number. */
  readonly rel?: number | undefined;
}

/** How two JSON values are compared. Paths are `a.b[0].c`; `[*]` stands for every position. */
export interface JsonRules {
  readonly tolerances: ReadonlyMap<string, Tolerance>;
  /** Lists whose order does not matter. */
  readonly anyOrder: ReadonlySet<string>;
  /** Texts compared but for case, punctuation and blanks. */
  readonly normal?: (text: string) => string;
  /** Members that are not expected are no difference. */
  readonly subset: boolean;
}

/** Lists longer than this are compared in order: pairing takes the square of it. */
const MAX_UNORDERED = 500;

/** The first difference in words; undefined where there is none. */
export function difference(
  expected: JsonValue,
  found: JsonValue | undefined,
  rules: JsonRules,
  path = '',
): string | undefined {
  if (found === undefined) return `${named(path)} is missing`;
  if (typeof expected === 'number' && typeof found === 'number') {
    return within(expected, found, toleranceAt(path, rules)) ? undefined : unequal(path, expected, found);
  }
  if (typeof expected === 'string' && typeof found === 'string') {
    const same = rules.normal ? rules.normal(expected) === rules.normal(found) : expected === found;
    return same ? undefined : unequal(path, expected, found);
  }
  if (Array.isArray(expected) && Array.isArray(found)) return listDifference(expected, found, rules, path);
  if (isJsonObject(expected) && isJsonObject(found)) {
    for (const [name, value] of Object.entries(expected)) {
      const inside = Object.hasOwn(found, name) ? found[name] : undefined;
      const why = difference(value, inside, rules, path === '' ? name : `${path}.${name}`);
      if (why !== undefined) return why;
    }
    const extra = rules.subset ? undefined : Object.keys(found).find((name) => !Object.hasOwn(expected, name));
    return extra === undefined ? undefined : `${named(path === '' ? extra : `${path}.${extra}`)} is not expected`;
  }
  return expected === found ? undefined : unequal(path, expected, found);
}

export function within(expected: number, found: number, { abs = 0, rel = 0 }: Tolerance): boolean {
  return Math.abs(found - expected) <= Math.max(abs, rel * Math.abs(expected));
}

function listDifference(expected: JsonValue[], found: JsonValue[], rules: JsonRules, path: string): string | undefined {
  if (expected.length !== found.length)
    return `${named(path)} holds ${found.length} entries, ${expected.length} are expected`;
  const anyOrder = rules.anyOrder.has(pattern(path)) || rules.anyOrder.has(path);
  if (!anyOrder || expected.length > MAX_UNORDERED) {
    for (const [at, value] of expected.entries()) {
      const why = difference(value, found[at], rules, `${path}[${at}]`);
      if (why !== undefined) return why;
    }
    return undefined;
  }
  const pairs = expected.map((value) => found.map((one) => difference(value, one, rules, `${path}[*]`) === undefined));
  const lonely = unmatched(pairs);
  return lonely === undefined
    ? undefined
    : `${named(path)} does not hold ${JSON.stringify(expected[lonely])?.slice(0, 80)}`;
}

/** The first row that no matching gives a column of its own (Kuhn's algorithm). */
function unmatched(pairs: readonly (readonly boolean[])[]): number | undefined {
  const rowOf = new Map<number, number>();
  const place = (row: number, seen: Set<number>): boolean => {
    for (const [column, fits] of (pairs[row] ?? []).entries()) {
      if (!fits || seen.has(column)) continue;
      seen.add(column);
      const other = rowOf.get(column);
      if (other === undefined || place(other, seen)) {
        rowOf.set(column, row);
        return true;
      }
    }
    return false;
  };
  for (const row of pairs.keys()) if (!place(row, new Set())) return row;
  return undefined;
}

function toleranceAt(path: string, { tolerances }: JsonRules): Tolerance {
  return tolerances.get(path) ?? tolerances.get(pattern(path)) ?? tolerances.get('*') ?? {};
}

function pattern(path: string): string {
  return path.replace(/\[\d+\]/g, '[*]');
}

function named(path: string): string {
  return path === '' ? 'the value' : path;
}

function unequal(path: string, expected: JsonValue, found: JsonValue): string {
  const text = (value: JsonValue) => JSON.stringify(value).slice(0, 80);
  return `${named(path)} is ${text(found)}, not ${text(expected)}`;
}
