import { describe, expect, it } from 'vitest';
import { isRequestError } from '../../model/request-error.ts';
import { abilityOfTool } from './built-in-tools.ts';
import type { FieldTable } from './request-fields.ts';
import { maxUnmapped, Unmapped } from './unmapped.ts';

const TABLE: FieldTable = {
  told: { kind: 'neutral', example: 1 },
  ours: { kind: 'gateway', how: 'x', example: 1 },
  slight: { kind: 'same-dialect', matters: false, why: 'because', example: 1, idle: ['usual', ['a']] },
  search: { kind: 'required', needs: 'web-search', example: {}, emptyAsks: true },
  by_value: { kind: 'required', needs: 'image-output', byValue: true, example: 1 },
  cache: { kind: 'held', state: 'cached-content', example: 'x' },
  never: { kind: 'refused', instead: 'do this', example: true },
  silent: { kind: 'harmless', why: 'x', example: 1 },
};

function read(object: Parameters<Unmapped['addByRules']>[0]): Unmapped {
  const unmapped = new Unmapped('openai-chat');
  unmapped.addByRules(object, TABLE, 'top');
  return unmapped;
}

describe('fields by their rules', () => {
  it('of this dialect alone are named with what they did, unknown ones as if they mattered', () => {
    const unmapped = read({ told: 1, ours: 1, silent: 1, by_value: 1, slight: 'x', new_one: 1 });
    expect(unmapped.fields()).toEqual([
      { field: 'top.slight', matters: false, why: 'because' },
      { field: 'top.new_one', matters: true },
    ]);
    expect(unmapped.requires()).toEqual([]);
  });

  it('that are required or held become requirements', () => {
    expect(read({ search: {}, cache: 'c' }).requires()).toEqual([
      { kind: 'ability', ability: 'web-search', only: 'openai-chat', field: 'top.search' },
      { kind: 'provider-state', state: 'cached-content', dialect: 'openai-chat', field: 'top.cache' },
    ]);
  });

  it('with values that ask for nothing are passed over', () => {
    const unmapped = read({ slight: 'usual', new_one: null, other: false, third: {}, never: false, cache: '' });
    expect([unmapped.fields(), unmapped.requires()]).toEqual([[], []]);
    expect(read({ slight: ['a'] }).fields()).toEqual([]);
  });

  it('that are refused say where, and what to do instead', () => {
    try {
      read({ never: true });
      expect.unreachable();
    } catch (error) {
      expect(isRequestError(error) && [error.field, error.message]).toEqual(['top.never', 'top.never: do this.']);
    }
  });

  it('called like something of every object’s are unknown fields', () => {
    expect(read({ constructor: 1, toString: 1 }).fields()).toHaveLength(2);
  });

  it('beyond any measure are not collected', () => {
    const many = Object.fromEntries(Array.from({ length: maxUnmapped + 9 }, (_, at) => [`x${at}`, 1]));
    expect(read(many).fields()).toHaveLength(maxUnmapped);
  });
});

it.each([
  ['web_search', 'web-search'],
  ['web_search_20260318', 'web-search'],
  ['web_search_preview_2025_03_11', 'web-search'],
  ['browser_search', 'web-search'],
  ['googleSearch', 'web-search'],
  ['googleSearchRetrieval', 'web-search'],
  ['exaAiSearch', 'web-search'],
  ['web_fetch_20250910', 'web-fetch'],
  ['urlContext', 'web-fetch'],
  ['code_interpreter', 'code-execution'],
  ['codeExecution', 'code-execution'],
  ['code_execution_20250825', 'code-execution'],
  ['file_search', 'file-search'],
  ['fileSearch', 'file-search'],
  ['retrieval', 'file-search'],
  ['computer_use_preview', 'computer-use'],
  ['computerUse', 'computer-use'],
  ['mcp', 'mcp'],
  ['mcpServers', 'mcp'],
  ['image_generation', 'image-output'],
  ['bash_20250124', 'editor-tools'],
  ['text_editor_20250728', 'editor-tools'],
  ['memory_20250818', 'editor-tools'],
  ['apply_patch', 'editor-tools'],
  ['local_shell', 'editor-tools'],
  ['tool_search_tool_bm25_20251119', 'server-tools'],
  ['googleMaps', 'server-tools'],
  ['namespace', 'server-tools'],
])('the tool %s needs %s', (type, ability) => {
  expect(abilityOfTool(type)).toBe(ability);
});
