import type { StatusNote } from '../../engine/ports.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';

export type StatusState = StatusNote['state'];

/** What a page says of one component, or of itself as a whole where `whole` is set. */
export interface Finding {
  /** The page's ids and names of what is meant. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly whole: boolean;
  readonly state: StatusState;
  /** For people: the component or incident. */
  readonly about: string;
}

/** What was read of a page. */
export interface Reading {
  readonly findings: readonly Finding[];
  /** Whether the page names only what is wrong: what it does not name is then well, else nothing is known of it. */
  readonly namesOnlyTrouble: boolean;
}

/** Most components or incidents of a page that are looked at. */
export const MAX_FINDINGS = 2_000;

const MAX_ABOUT = 200;

/** The objects in a list; whatever else stands in it, or in its place, is left out: one bad entry must not cost the page. */
export function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.slice(0, MAX_FINDINGS).filter(isJsonObject) : [];
}

/** A short text, or an empty one. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 1_000) : '';
}

/** One line for people. */
export function aboutOf(...parts: readonly string[]): string {
  const line = parts.filter((part) => part !== '').join(': ');
  return line
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_ABOUT);
}

/** Looks a vendor's word up; a word that nobody knows says nothing. */
export function stateOf(words: Readonly<Record<string, StatusState>>, value: unknown): StatusState {
  const word = wordOf(value).toLowerCase();
  return Object.hasOwn(words, word) ? (words[word] ?? 'unknown') : 'unknown';
}
