import { describe, expect, it } from 'vitest';
import { DIALECT_NAMES } from '../../model/dialect-name.ts';
import type { JsonObject } from '../../model/json.ts';
import { anthropicMessagesFields } from '../anthropic-messages/request-fields.ts';
import { geminiGenerateFields } from '../gemini-generate/request-fields.ts';
import { openaiChatFields } from '../openai-chat/request-fields.ts';
import { openaiResponsesFields } from '../openai-responses/request-fields.ts';
import { callerTerm, NEUTRAL_FIELDS, termsOf } from './caller-terms.ts';
import { LossList } from './losses.ts';

const TABLES = {
  'openai-chat': openaiChatFields,
  'openai-responses': openaiResponsesFields,
  'anthropic-messages': anthropicMessagesFields,
  'gemini-generate': geminiGenerateFields,
};

describe('what a caller calls a neutral field', () => {
  it.each(DIALECT_NAMES)('is a field of %s that its table says to be translated', (dialect) => {
    for (const term of NEUTRAL_FIELDS.flatMap((field) => termsOf(field, dialect))) {
      // Of OpenRouter's object there is no table: it is no field of OpenAI's.
      if (term === 'reasoning.exclude') continue;
      const dot = term.lastIndexOf('.');
      const rule = TABLES[dialect].objects[term.slice(0, Math.max(0, dot))]?.fields[term.slice(dot + 1)];
      expect(rule?.kind, term).toBe('neutral');
    }
  });

  it('is the one of its names that the request has', () => {
    expect(callerTerm('max_tokens', 'openai-chat', { max_completion_tokens: 5 })).toBe('max_completion_tokens');
    expect(callerTerm('max_tokens', 'openai-chat', { max_tokens: 5 })).toBe('max_tokens');
    expect(callerTerm('reasoning', 'anthropic-messages', { output_config: { effort: 'low' } })).toBe(
      'output_config.effort',
    );
    expect(callerTerm('max_tokens', 'gemini-generate', { generation_config: { max_output_tokens: 5 } })).toBe(
      'generationConfig.maxOutputTokens',
    );
  });

  it('where it said nothing, is the usual name, or the neutral one', () => {
    expect(callerTerm('max_tokens', 'openai-responses', {})).toBe('max_output_tokens');
    expect(callerTerm('seed', 'anthropic-messages', {})).toBe('seed');
    expect(callerTerm('messages[1]', 'gemini-generate', {})).toBe('messages[1]');
  });

  it('a function is where the caller wrote it, among tools of other kinds', () => {
    const chat: JsonObject = {
      tools: [{ type: 'web_search' }, { type: 'function' }, { type: 'custom' }, {}],
      functions: [{ name: 'old' }],
    };
    expect(callerTerm('tools[0].strict', 'openai-chat', chat)).toBe('tools[1].function.strict');
    expect(callerTerm('tools[1].format', 'openai-chat', chat)).toBe('tools[2].custom.format');
    expect(callerTerm('tools[3].name', 'openai-chat', chat)).toBe('functions[0].name');
    const responses: JsonObject = { tools: [{ type: 'web_search' }, { type: 'function' }] };
    expect(callerTerm('tools[0].parameters', 'openai-responses', responses)).toBe('tools[1].parameters');
    const anthropic: JsonObject = { tools: [{ type: 'bash_20250124' }, { name: 'a' }] };
    expect(callerTerm('tools[0].name', 'anthropic-messages', anthropic)).toBe('tools[1].name');
    const gemini: JsonObject = { tools: [{ googleSearch: {} }, { function_declarations: [{}, {}] }] };
    expect(callerTerm('tools[1].name', 'gemini-generate', gemini)).toBe('tools[1].functionDeclarations[1].name');
    expect(callerTerm('tools[7].name', 'gemini-generate', gemini)).toBe('tools[7].name');
  });
});

it('losses are told in the caller’s terms, what only its dialect has under its own name', () => {
  const losses = new LossList({ dialect: 'gemini-generate', original: { generationConfig: { seed: 1 } } });
  losses.slight('seed', 'gone');
  losses.addUnmapped({
    unmapped: [
      { field: 'metadata', matters: true },
      { field: 'store', matters: false, why: 'the same' },
    ],
  });
  expect(losses.list()).toEqual([
    { field: 'generationConfig.seed', why: 'gone', matters: false },
    { field: 'metadata', why: 'has no counterpart at this target', matters: true },
    { field: 'store', why: 'has no counterpart at this target: the same', matters: false },
  ]);
});
