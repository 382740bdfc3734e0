import { describe, expect, it } from 'vitest';
import { encode, lost } from './test-kit.ts';

describe('structured output', () => {
  const schema = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'] };
  const output = { kind: 'json-schema' as const, name: 'thing', schema, strict: true };

  it('goes natively, with what the target cannot enforce in the description', () => {
    const encoded = encode({ output });
    expect(encoded.body.output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: { n: { type: 'integer', description: '{minimum: 1}' } },
          required: ['n'],
          additionalProperties: false,
        },
      },
    });
    expect(lost(encoded)).toEqual(['response_format']);
    expect(encoded.reading.answerTool).toBeUndefined();
  });

  it('goes through a forced tool where the target has no native form, or the schema none', () => {
    for (const encoded of [
      encode({ output }, { quirks: { structuredOutput: 'forced-tool' } }),
      encode({ output: { ...output, schema: { type: 'object', additionalProperties: { type: 'string' } } } }),
    ]) {
      expect(encoded.reading.answerTool).toBe('answer');
      expect(encoded.body.tools).toMatchObject([{ name: 'answer', input_schema: { type: 'object' } }]);
      expect(encoded.body.tool_choice).toEqual({ type: 'tool', name: 'answer', disable_parallel_tool_use: true });
      expect(encoded.body).not.toHaveProperty('output_config');
    }
  });

  it('goes through one of the tools where the caller has others, under a name of its own', () => {
    const encoded = encode(
      { output, tools: [{ name: 'answer', parameters: {} }] },
      { quirks: { structuredOutput: 'forced-tool' } },
    );
    expect(encoded.reading.answerTool).toBe('answer_2');
    expect(encoded.body.tool_choice).toEqual({ type: 'any', disable_parallel_tool_use: true });
  });

  it('goes through the instructions where nothing else is left', () => {
    const encoded = encode({ output }, { quirks: { structuredOutput: 'prompt' } });
    expect(JSON.stringify(encoded.body.system)).toContain('minimum');
    expect(encoded.body).not.toHaveProperty('tools');
    expect(encode({ output: { kind: 'json' } }).body.system).toMatchObject([{ type: 'text' }]);
  });
});
