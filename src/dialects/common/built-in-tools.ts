import type { CapabilityName } from '../../model/capability.ts';

/** By the words in its type: versions and previews of a tool carry the same ones, and new ones keep coming. */
const ABILITIES: readonly (readonly [RegExp, CapabilityName])[] = [
  [/google_?search/, 'web-search'],
  [/fetch|url_?context/, 'web-fetch'],
  [/file_?search|retrieval|collections/, 'file-search'],
  [/search_?tool|tool_?search/, 'server-tools'],
  [/search/, 'web-search'],
  [/code_?(interpreter|execution)/, 'code-execution'],
  [/computer|browser/, 'computer-use'],
  [/mcp/, 'mcp'],
  [/image/, 'image-output'],
  [/bash|shell|text_editor|apply_patch|memory/, 'editor-tools'],
];

/** What a tool of a provider's own needs of whoever serves; `type` is the word that a dialect has for it. */
export function abilityOfTool(type: string): CapabilityName {
  const word = type.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return ABILITIES.find(([pattern]) => pattern.test(word))?.[1] ?? 'server-tools';
}
