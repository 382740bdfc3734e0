import type { ChatRequest } from '../../model/chat-request.ts';

/** What a dialect accepts as the name of a tool. */
export interface ToolNameRule {
  /** Must match the whole name; at the least it allows letters, digits and `_`. */
  readonly pattern: RegExp;
  /** In characters; at least 16, so that a shortened name keeps something of the original. */
  readonly maxLength: number;
  /** What the first character must match, e.g. a letter or `_`. */
  readonly startsWith?: RegExp;
}

/** Names of the tools declared and of those called earlier: a call in the history needs its renamed tool. */
export function usedToolNames({ tools, messages }: Pick<ChatRequest, 'tools' | 'messages'>): string[] {
  const called = messages.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'tool-call' ? [part.name] : [])),
  );
  return [...tools.map((tool) => tool.name), ...called];
}

/** Both directions of the renaming. */
export interface ToolNameMap {
  /** The caller's name → the name to send; holds every name. */
  readonly sent: ReadonlyMap<string, string>;
  /** The sent name → the caller's name; holds the changed ones only. */
  readonly back: ReadonlyMap<string, string>;
}

/**
 * Makes the names of tools acceptable to a dialect. A name that already is stays as it is; of the others, forbidden
 * characters become `_` and the end is cut. No two names collide, and the same names always give the same map.
 *
 * Throws `RangeError` for a rule that leaves no room.
 */
export function toolNameMap(names: readonly string[], rule: ToolNameRule): ToolNameMap {
  if (rule.maxLength < 16) throw new RangeError(`maxLength of tool names must be at least 16, not ${rule.maxLength}`);
  const distinct = [...new Set(names)];
  const sent = new Map<string, string>();
  const back = new Map<string, string>();
  const taken = new Set<string>();
  // Names that may stay go first: a renamed one must never take the place of one that is fine.
  for (const name of distinct) {
    if (!isAcceptable(name, rule)) continue;
    sent.set(name, name);
    taken.add(name);
  }
  for (const name of distinct) {
    if (sent.has(name)) continue;
    const free = freeName(acceptable(name, rule), taken, rule.maxLength);
    sent.set(name, free);
    back.set(free, name);
    taken.add(free);
  }
  return { sent, back };
}

function isAcceptable(name: string, rule: ToolNameRule): boolean {
  if (name === '' || name.length > rule.maxLength || !rule.pattern.test(name)) return false;
  return rule.startsWith === undefined || rule.startsWith.test(name.charAt(0));
}

function acceptable(name: string, rule: ToolNameRule): string {
  let clean = '';
  for (const character of name) {
    if (clean.length >= rule.maxLength) break;
    clean += rule.pattern.test(character) ? character : '_';
  }
  if (clean === '' || (rule.startsWith !== undefined && !rule.startsWith.test(clean.charAt(0)))) clean = `_${clean}`;
  return clean.slice(0, rule.maxLength);
}

/** The name itself, or its beginning with the first free number: `search`, `search_2`, `search_3`, … */
function freeName(name: string, taken: ReadonlySet<string>, maxLength: number): string {
  if (!taken.has(name)) return name;
  // One of `taken.size + 1` different candidates is free.
  for (let number = 2; number <= taken.size + 2; number += 1) {
    const ending = `_${number}`;
    const candidate = name.slice(0, maxLength - ending.length) + ending;
    if (!taken.has(candidate)) return candidate;
  }
  throw new RangeError(`no free tool name for ${name}`);
}
