import { describe, expect, it } from 'vitest';
import { UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { Message } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import { decodeRequest } from './decode-request.ts';
import { blocksOf, encodeAny, encodeOwn, lost } from './test-kit.ts';
import { objectOf } from './wire.ts';

describe('a request of the same dialect', () => {
  it('goes as it came, unknown fields and all, with the target’s model', () => {
    const fields = { context_management: { edits: [] }, service_tier: 'auto', temperature: 0.3, stream: true };
    const encoded = encodeOwn({ ...fields, anthropic_beta: ['a-1', 'b-2'] });
    expect(encoded.body).toEqual({
      model: 'model-x',
      max_tokens: 4000,
      messages: [{ role: 'user', content: 'Hello' }],
      ...fields,
    });
    expect(encoded.headers).toEqual({ 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a-1,b-2' });
    expect(encoded.losses).toEqual([]);
  });

  it('loses sampling at the version that refuses it, and what is above the model’s output', () => {
    const capabilities = { ...UNKNOWN_CAPABILITIES, maxOutputTokens: 1000 };
    const encoded = encodeOwn(
      { temperature: 0.3, top_p: 0.5 },
      { quirks: { anthropicVersion: '2026-10-21' }, capabilities },
    );
    expect(encoded.headers['anthropic-version']).toBe('2026-10-21');
    expect(encoded.body).toEqual({
      model: 'model-x',
      max_tokens: 1000,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    expect(lost(encoded)).toEqual(['temperature', 'top_p', 'max_tokens']);
  });

  it('that comes back from another provider loses the thinking this vendor never signed, and does not think on in its round of tools', () => {
    const messages: JsonObject[] = [
      { role: 'user', content: 'x' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Foreign.', signature: '' },
          { type: 'tool_use', id: 't', name: 'f', input: {} },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'ok' }] },
    ];
    const encoded = encodeOwn({ messages, thinking: { type: 'enabled', budget_tokens: 2000 } });
    expect(blocksOf(encoded, 1)).toEqual([{ type: 'tool_use', id: 't', name: 'f', input: {} }]);
    expect(encoded.body).not.toHaveProperty('thinking');
    expect(lost(encoded)).toEqual(['messages', 'thinking']);
  });

  it('with a prompt put before it keeps the caller’s blocks, cache markers and all', () => {
    const marked = { type: 'text', text: 'Long.', cache_control: { type: 'ephemeral' } };
    const request = decodeRequest(
      {
        model: 'r',
        max_tokens: 1,
        system: [marked],
        messages: [{ role: 'user', content: [marked, { type: 'text', text: 'Long.' }] }],
      },
      {},
    );
    const prompt: Message = { role: 'system', parts: [{ type: 'text', text: 'First.' }] };
    const { body } = encodeAny({ ...request, messages: [prompt, ...request.messages], conversationEdited: true });
    expect(body.system).toEqual([{ type: 'text', text: 'First.' }, marked]);
    expect(body.messages).toEqual([{ role: 'user', content: [marked, { type: 'text', text: 'Long.' }] }]);
  });

  it('asks in the instructions for a schema that the target cannot take', () => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    const encoded = encodeOwn(
      { system: 'A', output_config: { format, effort: 'low' } },
      { quirks: { structuredOutput: 'forced-tool' } },
    );
    expect(encoded.body.output_config).toEqual({ effort: 'low' });
    expect(encoded.body.system).toMatchObject([{ text: 'A' }, { type: 'text' }]);
    expect(objectOf(encodeOwn({ output_config: { format } }).body.output_config)).toEqual({ format });
  });
});
