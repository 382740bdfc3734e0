import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { Message } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { encodeRequest } from './encode-request.ts';
import { chatRequest, encodeContext } from './test-kit.ts';

const hello: Message = { role: 'user', parts: [{ type: 'text', text: 'Hello' }] };

/** A request of a caller of another dialect. */
function foreign(change: Partial<ChatRequest> = {}): ChatRequest {
  return {
    dialect: 'anthropic-messages',
    model: 'route-x',
    messages: [hello],
    tools: [],
    output: { kind: 'text' },
    sampling: {},
    stop: [],
    stream: false,
    streamUsage: true,
    choices: 1,
    options: {},
    original: {},
    unmapped: [],
    conversationEdited: false,
    ...change,
  };
}

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

  it('marks an answer to be continued where the target wants a flag, in edited conversations alone', () => {
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
    expect(encode(foreign({ output })).body.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'my_answer', schema, strict: true },
    });
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
    const worded = own({ response_format: { type: 'json_object' } }, { structuredOutput: 'prompt' });
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
        unmapped: ['container', 'metadata', 'web_search'],
        stop: ['a', 'b', 'c', 'd', 'e'],
        sampling: { topK: 5, temperature: 0 },
      }),
      { sampling: false },
    );
    expect(fieldsOf(encoded).sort()).toEqual(['!stop', '!web_search', 'container', 'metadata', 'temperature', 'top_k']);
    expect(encoded.body.stop).toEqual(['a', 'b', 'c', 'd']);
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
    expect(fieldsOf(encode(foreign({ reasoning: { budgetTokens: 5000 } })))).toEqual(['reasoning']);
    expect(encode(foreign({ reasoning: { effort: 'none' } })).losses).toEqual([]);
  });
});

describe('the conversation of another dialect', () => {
  const messagesOf = (messages: readonly Message[], quirks: Partial<Quirks> = {}) =>
    encode(foreign({ messages }), quirks);

  it('instructions in the target’s role, text joined', () => {
    const system: Message = {
      role: 'system',
      parts: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    };
    expect(messagesOf([system, hello], { systemRole: 'developer' }).body.messages).toEqual([
      { role: 'developer', content: 'a\n\nb' },
      { role: 'user', content: 'Hello' },
    ]);
  });

  it('images, files and sound', () => {
    const parts: Message['parts'] = [
      { type: 'text', text: 'Look:' },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
      { type: 'image', source: { kind: 'url', url: 'https://x.test/a' }, detail: 'high' },
      { type: 'file', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' }, name: 'a.pdf' },
      { type: 'audio', source: { kind: 'base64', mediaType: 'audio/mpeg', data: 'SUQz' } },
    ];
    expect(messagesOf([{ role: 'user', parts }]).body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'image_url', image_url: { url: 'https://x.test/a', detail: 'high' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' } },
          { type: 'input_audio', input_audio: { data: 'SUQz', format: 'mp3' } },
        ],
      },
    ]);
  });

  it('what cannot be told is named and counts', () => {
    const parts: Message['parts'] = [
      { type: 'text', text: 'x' },
      { type: 'file', source: { kind: 'url', url: 'https://x.test/a.pdf' } },
      { type: 'file', source: { kind: 'provider-file', id: 'f', dialect: 'anthropic-messages' } },
      { type: 'image', source: { kind: 'provider-file', id: 'f', dialect: 'gemini-generate' } },
      { type: 'audio', source: { kind: 'base64', mediaType: 'audio/ogg', data: 'x' } },
      { type: 'foreign', dialect: 'anthropic-messages', kind: 'search_result', value: {} },
    ];
    const encoded = messagesOf([{ role: 'user', parts }]);
    expect(encoded.body.messages).toEqual([{ role: 'user', content: 'x' }]);
    expect(fieldsOf(encoded)).toEqual([1, 2, 3, 4, 5].map((at) => `!messages[0].content[${at}]`));
  });

  it('calls and results: one message a result, ids as the target accepts them', () => {
    const long = `toolu_${'x'.repeat(60)}`;
    const encoded = messagesOf([
      {
        role: 'assistant',
        parts: [
          { type: 'text', text: 'Let me see.' },
          { type: 'tool-call', id: long, name: 'f', arguments: '' },
          { type: 'tool-call', id: 'b', name: 'g', arguments: '{"x":1}' },
        ],
      },
      {
        role: 'tool',
        parts: [
          { type: 'tool-result', callId: long, content: [{ type: 'text', text: '1' }], isError: false },
          { type: 'tool-result', callId: 'b', content: [], isError: true },
        ],
      },
    ]);
    const sent = encoded.body.messages as JsonObject[];
    const id = sent[1]?.tool_call_id;
    expect(String(id).length).toBeLessThanOrEqual(40);
    expect(sent).toEqual([
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [
          { id, type: 'function', function: { name: 'f', arguments: '{}' } },
          { id: 'b', type: 'function', function: { name: 'g', arguments: '{"x":1}' } },
        ],
      },
      { role: 'tool', tool_call_id: id, content: '1' },
      { role: 'tool', tool_call_id: 'b', content: 'Error: ' },
    ]);
    expect(fieldsOf(encoded)).toEqual(['messages[1].content[1].is_error']);
  });

  it('an image that a tool gave back follows after the last of the results', () => {
    const image = { type: 'image' as const, source: { kind: 'url' as const, url: 'https://x.test/a' } };
    const result = (callId: string, content: (typeof image)[]) => ({
      type: 'tool-result' as const,
      callId,
      content,
      isError: false,
    });
    const encoded = messagesOf([{ role: 'tool', parts: [result('a', [image]), result('b', [])] }, hello]);
    expect(encoded.body.messages).toMatchObject([
      { role: 'tool', tool_call_id: 'a', content: expect.stringContaining('image') },
      { role: 'tool', tool_call_id: 'b' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.test/a' } }] },
      { role: 'user', content: 'Hello' },
    ]);
    expect(fieldsOf(encoded)).toEqual(['messages[0].content[0].content[0]']);
    const answered: Message = { role: 'assistant', parts: [{ type: 'text', text: 'Seen.' }] };
    const before = messagesOf([{ role: 'tool', parts: [result('a', [image])] }, answered]).body.messages;
    expect(before).toMatchObject([{ role: 'tool' }, { role: 'user' }, { role: 'assistant' }]);
  });

  it('thinking goes back to those who sealed it, and is named as lost elsewhere', () => {
    const details = [{ type: 'reasoning.text', text: 'hm', signature: 's' }];
    const sealed: Message = {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'hm', opaque: { dialect: 'openai-chat', value: details } },
        { type: 'text', text: 'x' },
      ],
    };
    expect(messagesOf([sealed]).body.messages).toEqual([
      { role: 'assistant', content: 'x', reasoning_details: details },
    ]);
    const other: Message = {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'hm', opaque: { dialect: 'anthropic-messages', value: { signature: 's' } } },
        { type: 'text', text: 'x' },
      ],
    };
    const encoded = messagesOf([other]);
    expect(encoded.body.messages).toEqual([{ role: 'assistant', content: 'x' }]);
    expect(fieldsOf(encoded)).toEqual(['messages[0].content[0]']);
  });

  it('refusals, free-text calls of this dialect and turns that hold nothing', () => {
    const custom = { id: 'a', type: 'custom', custom: { name: 'sql', input: 'x' } };
    const encoded = messagesOf([
      { role: 'assistant', parts: [{ type: 'refusal', text: 'No.' }] },
      {
        role: 'assistant',
        parts: [{ type: 'foreign', dialect: 'openai-chat', kind: 'custom-tool-call', value: custom }],
      },
      { role: 'assistant', parts: [{ type: 'foreign', dialect: 'anthropic-messages', kind: 'web_search', value: {} }] },
    ]);
    expect(encoded.body.messages).toEqual([
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'assistant', content: null, tool_calls: [custom] },
    ]);
    expect(fieldsOf(encoded)).toEqual(['!messages[2].content[0]']);
  });
});
