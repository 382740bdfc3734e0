import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { Message } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { encodeRequest } from './encode-request.ts';
import { chatRequest, encodeContext, foreignRequest as foreign } from './test-kit.ts';

const encode = (request: ChatRequest, quirks: Partial<Quirks> = {}) => encodeRequest(request, encodeContext(quirks));
const own = (body: JsonObject, quirks: Partial<Quirks> = {}, change: Partial<ChatRequest> = {}) =>
  encode({ ...chatRequest(body), ...change }, quirks);
const fieldsOf = (encoded: { losses: readonly { field: string; matters: boolean }[] }) =>
  encoded.losses.map(({ field, matters }) => `${matters ? '!' : ''}${field}`);

describe('a request of the same dialect', () => {
  it('goes as it came but for the model, unknown fields and all', () => {
    const body = {
      messages: [{ role: 'user', content: 'Hi', name: 'Ada' }],
      logit_bias: { 5: 1 },
      temperature: 0.1,
      provider: { order: ['x'] },
    };
    const encoded = own(body);
    expect(encoded.body).toEqual({ ...body, model: 'model-x' });
    expect(encoded).toMatchObject({ path: '/chat/completions', headers: {}, losses: [] });
  });

  it('never changes the caller’s body', () => {
    const request = chatRequest({
      stream: true,
      max_completion_tokens: 5,
      temperature: 0.2,
      response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' } } },
    });
    const before = JSON.stringify(request.original);
    encode(request, { sampling: false, structuredOutput: 'forced-tool', maxTokensField: 'max_tokens' });
    expect(JSON.stringify(request.original)).toBe(before);
  });

  it('asks for usage in every stream where the target knows the option', () => {
    expect(own({ stream: true }).body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(
      own({ stream: true, stream_options: { include_usage: false, include_obfuscation: false } }).body.stream_options,
    ).toEqual({ include_usage: true, include_obfuscation: false });
    expect(own({}).body).not.toHaveProperty('stream_options');
    const without = own({ stream: true, stream_options: { include_usage: true } }, { streamUsageOption: false });
    expect(without.body).not.toHaveProperty('stream_options');
    expect(fieldsOf(without)).toEqual(['stream_options.include_usage']);
  });

  it('names the output limit as the target does', () => {
    expect(own({ max_completion_tokens: 5 }, { maxTokensField: 'max_tokens' }).body).toMatchObject({ max_tokens: 5 });
    expect(own({ max_completion_tokens: 5 }, { maxTokensField: 'max_tokens' }).body).not.toHaveProperty(
      'max_completion_tokens',
    );
    expect(own({ max_tokens: 5 }, { maxTokensField: 'max_completion_tokens' }).body).toMatchObject({
      max_completion_tokens: 5,
    });
  });

  it('drops sampling where the model takes none, and names what was not as usual', () => {
    const encoded = own({ temperature: 0.2, top_p: 1, presence_penalty: 0 }, { sampling: false });
    expect(encoded.body).toEqual({ model: 'model-x', messages: [{ role: 'user', content: 'Hello' }] });
    expect(fieldsOf(encoded)).toEqual(['temperature']);
  });

  it('says `system` where the target does not know `developer`', () => {
    const messages: JsonObject[] = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ];
    expect(own({ messages }).body.messages).toEqual([{ role: 'system', content: 'Be brief.' }, messages[1]]);
    expect(own({ messages }, { systemRole: 'developer' }).body.messages).toEqual(messages);
  });

  it('gives call and result the id that the target accepts', () => {
    const messages: JsonObject[] = [
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1234567890', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1234567890', content: 'ok' },
    ];
    const sent = own({ messages }, { toolCallIds: 'nine-alphanumerics' }).body.messages as JsonObject[];
    const id = sent[2]?.tool_call_id;
    expect(id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(sent[1]).toMatchObject({ content: null, tool_calls: [{ id, type: 'function' }] });
    expect(own({ messages }).body.messages).toEqual(messages);
  });

  it('with an edited conversation sends the touched messages anew and the others with all their fields', () => {
    const messages: JsonObject[] = [
      { role: 'system', content: 'Old.' },
      { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }], name: 'Ada' },
    ];
    const request = chatRequest({ messages });
    const edited = {
      ...request,
      conversationEdited: true,
      messages: [{ role: 'system' as const, parts: [{ type: 'text' as const, text: 'New.' }] }, ...request.messages],
    };
    expect(encode(edited).body.messages).toEqual([{ role: 'system', content: 'New.' }, ...messages]);
  });

  it('marks an answer to be continued where the target wants a flag', () => {
    const request = chatRequest({ messages: [{ role: 'user', content: 'Hi' }] });
    const prefill: Message = { role: 'assistant', parts: [{ type: 'text', text: 'The' }] };
    const edited = { ...request, conversationEdited: true, messages: [...request.messages, prefill] };
    const last = (quirks: Partial<Quirks>) => (encode(edited, quirks).body.messages as JsonObject[]).at(-1);
    expect(last({ prefill: 'prefix-flag' })).toEqual({ role: 'assistant', content: 'The', prefix: true });
    expect(last({})).toEqual({ role: 'assistant', content: 'The' });
  });

  it('leaves out an effort that a model without thinking would refuse', () => {
    const context = encodeContext();
    const target = {
      ...context.target,
      capabilities: { abilities: { ...context.target.capabilities.abilities, reasoning: 'no' as const } },
    };
    const encoded = encodeRequest(chatRequest({ reasoning_effort: 'low' }), { ...context, target });
    expect(encoded.body).not.toHaveProperty('reasoning_effort');
    expect(fieldsOf(encoded)).toEqual(['reasoning_effort']);
    expect(own({ reasoning_effort: 'low' }).body).toMatchObject({ reasoning_effort: 'low' });
  });
});

describe('structured output', () => {
  const schema = { type: 'object', properties: { x: { type: 'number' } } };
  const response_format = { type: 'json_schema', json_schema: { name: 'n', schema, strict: true } };
  const output = { kind: 'json-schema' as const, name: 'my answer', schema, strict: true };

  it('by native schema', () => {
    expect(own({ response_format }).body).toMatchObject({ response_format });
    const closed = { ...schema, required: ['x'], additionalProperties: false };
    const encoded = encode(foreign({ output: { ...output, schema: closed } }));
    expect(encoded.body.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'my_answer', schema: closed, strict: true },
    });
    expect(encoded.losses).toEqual([]);
  });

  it('by native schema that is only told, where OpenAI could not enforce it', () => {
    const encoded = encode(foreign({ output }));
    expect(encoded.body.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'my_answer', schema, strict: false },
    });
    expect(encoded.losses).toMatchObject([{ why: expect.stringContaining('an optional property'), matters: false }]);
  });

  it('in words where the root is no object, which OpenAI refuses', () => {
    const schemas: JsonObject[] = [{ type: 'array', items: {} }, { anyOf: [{ type: 'object' }] }];
    for (const schema of schemas) {
      const encoded = encode(foreign({ output: { ...output, schema } }));
      expect(encoded.body).not.toHaveProperty('response_format');
      expect(JSON.stringify(encoded.body.messages)).toContain('JSON Schema');
      expect(fieldsOf(encoded)).toHaveLength(1);
    }
  });

  it.each([['own'], ['foreign']])('by a forced tool, which the reader of the answer is told (%s dialect)', (which) => {
    const quirks = { structuredOutput: 'forced-tool' as const };
    const encoded = which === 'own' ? own({ response_format }, quirks) : encode(foreign({ output }), quirks);
    expect(encoded.body).not.toHaveProperty('response_format');
    expect(encoded.body).toMatchObject({
      tools: [{ type: 'function', function: { name: 'answer', parameters: schema } }],
      tool_choice: { type: 'function', function: { name: 'answer' } },
    });
    expect(encoded.reading.answerTool).toBe('answer');
    expect(encoded.losses).toHaveLength(1);
  });

  it('in words where a forced tool would forbid the caller’s own tools, or the answer is no object', () => {
    const tools = [{ name: 'f', parameters: {} }];
    for (const change of [{ output, tools }, { output: { ...output, schema: { type: 'array' } } }]) {
      const encoded = encode(foreign(change), { structuredOutput: 'forced-tool' });
      expect(encoded.reading.answerTool).toBeUndefined();
      expect(encoded.body).not.toHaveProperty('tool_choice');
      expect(JSON.stringify(encoded.body.messages)).toContain('JSON Schema');
    }
  });

  it('in words beside the caller’s instructions, never instead of them', () => {
    const quirks = { structuredOutput: 'prompt' as const };
    const messages: JsonObject[] = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ];
    const [first, second] = own({ response_format, messages }, { ...quirks, systemRole: 'developer' }).body
      .messages as JsonObject[];
    expect(first?.role).toBe('developer');
    expect(first?.content).toMatch(/^Be brief\.\n\n.*JSON Schema/s);
    expect(second).toEqual(messages[1]);
    const parts = own(
      {
        response_format,
        messages: [{ role: 'system', content: [{ type: 'text', text: 'Be brief.' }] }, messages[1] ?? null],
      },
      quirks,
    );
    expect(parts.body.messages).toMatchObject([{ content: [{ text: 'Be brief.' }, { type: 'text' }] }, messages[1]]);
    expect(own({ response_format }, quirks).body.messages).toMatchObject([
      { role: 'system' },
      { role: 'user', content: 'Hello' },
    ]);
  });

  it('of any JSON: OpenAI demands that some message speaks of it', () => {
    const silent = encode(foreign({ output: { kind: 'json' } })).body;
    expect(silent).toMatchObject({
      response_format: { type: 'json_object' },
      messages: [{ role: 'system' }, { role: 'user' }],
    });
    const spoken = encode(
      foreign({ output: { kind: 'json' }, messages: [{ role: 'user', parts: [{ type: 'text', text: 'As JSON.' }] }] }),
    ).body;
    expect(spoken.messages).toHaveLength(1);
    const worded = own({ response_format: { type: 'json_object' } }, { jsonMode: false });
    expect(worded.body).not.toHaveProperty('response_format');
    expect(worded.body.messages).toHaveLength(2);
  });
});

describe('a request of another dialect', () => {
  it('is built from the neutral form', () => {
    const encoded = encode(
      foreign({
        tools: [{ name: 'my.tool', description: 'd', parameters: {} }],
        toolChoice: { kind: 'named', name: 'my.tool' },
        parallelToolCalls: false,
        maxOutputTokens: 9,
        stop: ['a'],
        choices: 2,
        endUser: 'u',
        sampling: { temperature: 0.5, topP: 0.9, seed: 3, frequencyPenalty: 1, presencePenalty: 1 },
        stream: true,
      }),
    );
    expect(encoded.body).toEqual({
      model: 'model-x',
      messages: [{ role: 'user', content: 'Hello' }],
      tools: [
        {
          type: 'function',
          function: { name: 'my_tool', description: 'd', parameters: { type: 'object', properties: {} } },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'my_tool' } },
      parallel_tool_calls: false,
      max_tokens: 9,
      stop: ['a'],
      n: 2,
      user: 'u',
      temperature: 0.5,
      top_p: 0.9,
      frequency_penalty: 1,
      presence_penalty: 1,
      seed: 3,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(encoded.losses).toEqual([]);
    expect([...encoded.reading.toolNames]).toEqual([['my_tool', 'my.tool']]);
  });

  it.each(['auto', 'none', 'required'] as const)('tool choice %s', (kind) => {
    expect(encode(foreign({ tools: [{ name: 'f', parameters: {} }], toolChoice: { kind } })).body.tool_choice).toBe(
      kind,
    );
  });

  it('names every loss, and whether it matters', () => {
    const encoded = encode(
      foreign({
        unmapped: [
          { field: 'container', matters: false },
          { field: 'metadata', matters: false },
          { field: 'web_search', matters: true },
        ],
        stop: ['a', 'b', 'c', 'd', 'e'],
        sampling: { topK: 5, temperature: 0 },
      }),
      { sampling: false },
    );
    expect(fieldsOf(encoded).sort()).toEqual([
      '!web_search',
      'container',
      'metadata',
      'stop_sequences',
      'temperature',
      'top_k',
    ]);
    expect(encoded.body.stop).toEqual(['a', 'b', 'c', 'd']);
    expect(encoded.endsAt).toEqual(['e']);
  });

  it.each([
    [{ effort: 'medium' as const }, 'medium', 0],
    [{ effort: 'max' as const }, 'high', 1],
    [{ effort: 'minimal' as const }, 'low', 1],
    [{ budgetTokens: 1024 }, 'low', 1],
    [{ budgetTokens: 8000 }, 'medium', 1],
    [{ budgetTokens: 30_000 }, 'high', 1],
  ])('thinking %j goes as effort %s', (reasoning, effort, losses) => {
    const encoded = encode(foreign({ reasoning }), { thinking: 'effort' });
    expect(encoded.body.reasoning_effort).toBe(effort);
    expect(encoded.losses).toHaveLength(losses);
  });

  it('thinking that the target cannot be asked for is a loss; thinking that nobody wants is none', () => {
    expect(fieldsOf(encode(foreign({ reasoning: { budgetTokens: 5000 } })))).toEqual(['thinking']);
    expect(encode(foreign({ reasoning: { effort: 'none' } })).losses).toEqual([]);
  });
});
