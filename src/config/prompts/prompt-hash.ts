import { createHash } from 'node:crypto';
import { LAYOUT_EDITION } from '../../quality/prompts/layout-rules.ts';
import type { PromptFile } from './prompt-schema.ts';

const HASH_DIGITS = 12;

/**
 * The version of a prompt: of everything that decides what models are told and what their answers have to be. What is
 * for people alone, and until when nobody stands in, may change under the same version.
 */
export function promptHash({ description: _, notes: __, primaryOnly: ___, ...content }: PromptFile): string {
  const text = canonicalJson({ layout: LAYOUT_EDITION, ...content });
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
}

/** JSON with names in order and nothing between: the same content gives the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const written = entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`);
  return `{${written.join(',')}}`;
}
