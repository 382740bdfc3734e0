import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Capabilities, UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { Message } from '../../model/conversation.ts';
import type { EncodedRequest } from '../../model/dialect.ts';
import type { JsonObject } from '../../model/json.ts';
import { DEFAULT_QUIRKS, type Quirks } from '../../model/quirks.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeRequest } from './encode-request.ts';
import { objectOf, toolNameRule } from './wire.ts';

const user = (text: string): Message => ({ role: 'user', parts: [{ type: 'text', text }] });
const foreign: ChatRequest = {
  dialect: 'openai-chat',
  model: 'route',
  messages: [user('Hello')],
  tools: [],
  output: { kind: 'text' },
  sampling: {},
  maxOutputTokens: 4000,
  stop: [],
  stream: false,
  streamUsage: false,
  choices: 1,
  options: {},
  original: {},
  unmapped: [],
  conversationEdited: false,
};

interface Given {
  readonly quirks?: Partial<Quirks>;
  readonly capabilities?: Capabilities;
}

function encodeAny(request: ChatRequest, given: Given = {}): EncodedRequest {
  const target = {
    id: 'anthropic/model-x',
    provider: 'anthropic',
    model: 'model-x',
    dialect: 'anthropic-messages' as const,
    lane: 'lane',
    capabilities: given.capabilities ?? UNKNOWN_CAPABILITIES,
    quirks: { ...DEFAULT_QUIRKS, ...given.quirks },
  };
  return encodeRequest(request, { target, newId: () => 'a1b2c3d4e5f6g7h8' });
}

const encode = (fields: Partial<ChatRequest>, given?: Given): EncodedRequest =>
  encodeAny({ ...foreign, ...fields }, given);
const encodeOwn = (fields: JsonObject, given?: Given): EncodedRequest =>
  encodeAny(
    decodeRequest({ model: 'route', max_tokens: 4000, messages: [{ role: 'user', content: 'Hello' }], ...fields }, {}),
    given,
  );
/** The blocks of the turn at this place. */
function blocksOf(encoded: EncodedRequest, turn: number): JsonObject[] {
  const { messages } = encoded.body;
  const content = Array.isArray(messages) ? objectOf(messages.at(turn)).content : [];
  return Array.isArray(content) ? content.map((block) => objectOf(block)) : [];
}
const lost = (encoded: EncodedRequest): string[] => encoded.losses.map(({ field }) => field);

describe('a request of another dialect', () => {
  it('with nothing but text', () => {
    const encoded = encode({});
    expect(encoded).toMatchObject({ path: '/messages', headers: { 'anthropic-version': '2023-06-01' }, losses: [] });
    expect(encoded.body).toEqual({
      model: 'model-x',
      max_tokens: 4000,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
    });
  });

  it('with instructions at the start and in the middle', () => {
    const system = (text: string): Message => ({ role: 'system', parts: [{ type: 'text', text }] });
    const encoded = encode({ messages: [system('A'), system('B'), user('Hello'), system('C')] });
    expect(encoded.body.system).toEqual([
      { type: 'text', text: 'A' },
      { type: 'text', text: 'B' },
    ]);
    expect(encoded.body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hello' },
          { type: 'text', text: 'C' },
        ],
      },
    ]);
    expect(lost(encoded)).toEqual(['messages[3]']);
  });

  it('with instructions alone, or blanks alone, still has a turn of the user', () => {
    for (const messages of [
      [{ role: 'system' as const, parts: [{ type: 'text' as const, text: 'A' }] }],
      [user('  \n')],
    ]) {
      const encoded = encode({ messages });
      expect(encoded.body.messages).toMatchObject([{ role: 'user', content: [{ type: 'text' }] }]);
      expect(lost(encoded)).toEqual(['messages']);
    }
  });

  it('with the results of parallel calls in messages of their own, and words between', () => {
    const result = (callId: string, isError = false): Message => ({
      role: 'tool',
      parts: [{ type: 'tool-result', callId, isError, content: [{ type: 'text', text: callId }] }],
    });
    const call = (id: string) => ({ type: 'tool-call' as const, id, name: 'f', arguments: '{"a":1}' });
    const encoded = encode({
      tools: [{ name: 'f', parameters: { type: 'object' } }],
      messages: [
        user('Go'),
        { role: 'assistant', parts: [call('c1')] },
        { role: 'assistant', parts: [call('c:2')] },
        result('c1'),
        user('By the way'),
        result('c:2', true),
      ],
    });
    const [, calls, results] = encoded.body.messages as JsonObject[];
    const ids = blocksOf(encoded, 1).map(({ id }) => id);
    expect(calls).toMatchObject({
      role: 'assistant',
      content: [{ type: 'tool_use', input: { a: 1 } }, { type: 'tool_use' }],
    });
    expect(ids[0]).toBe('c1');
    expect(ids[1]).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(results).toMatchObject({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'c1' },
        { type: 'tool_result', tool_use_id: ids[1], is_error: true },
        { type: 'text', text: 'By the way' },
      ],
    });
    expect(encoded.losses).toEqual([]);
  });

  it('with arguments that are no object, and with none', () => {
    const call = (args: string): Message => ({
      role: 'assistant',
      parts: [{ type: 'tool-call', id: args, name: 'f', arguments: args }],
    });
    const encoded = encode({
      tools: [{ name: 'f', parameters: {} }],
      messages: [user('x'), call('{"cut'), call(''), call('null'), call('[1]'), user('y')],
    });
    expect(blocksOf(encoded, 1).map(({ input }) => input)).toEqual([{}, {}, {}, {}]);
    expect(encoded.losses.map(({ field, matters }) => [field, matters])).toEqual([
      ['messages[1].content[0]', true],
      ['messages[4].content[0]', true],
    ]);
  });

  it('with media of every kind', () => {
    const base64 = (mediaType: string, data = 'AAAA') => ({ kind: 'base64' as const, mediaType, data });
    const encoded = encode({
      messages: [
        {
          role: 'user',
          parts: [
            { type: 'image', source: base64('image/PNG') },
            { type: 'image', source: { kind: 'url', url: 'https://x.test/a.png' } },
            { type: 'file', source: base64('application/pdf'), name: 'a.pdf' },
            { type: 'file', source: base64('text/markdown', btoa('Hi')) },
            { type: 'file', source: { kind: 'provider-file', id: 'f', dialect: 'anthropic-messages' } },
            { type: 'image', source: base64('image/tiff') },
            { type: 'image', source: { kind: 'url', url: 'file:///etc/passwd' } },
            { type: 'file', source: { kind: 'provider-file', id: 'f', dialect: 'openai-chat' } },
            { type: 'file', source: base64('application/zip') },
            { type: 'audio', source: base64('audio/wav') },
          ],
        },
      ],
    });
    expect(encoded.body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' }, title: 'a.pdf' },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Hi' } },
          { type: 'document', source: { type: 'file', file_id: 'f' } },
        ],
      },
    ]);
    expect(encoded.losses.map(({ field, matters }) => [field, matters])).toEqual(
      [5, 6, 7, 8, 9].map((at) => [`messages[0].content[${at}]`, true]),
    );
  });

  it('gives back thinking that this vendor signed and no other', () => {
    const own = (value: JsonObject) => ({ dialect: 'anthropic-messages' as const, value });
    const encoded = encode({
      messages: [
        user('x'),
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'Hm.', opaque: own({ signature: 's' }) },
            { type: 'reasoning', text: '', opaque: own({ redacted: 'r' }) },
            { type: 'reasoning', text: 'Foreign.', opaque: { dialect: 'gemini-generate', value: 'z' } },
            { type: 'text', text: 'Hi' },
          ],
        },
        user('y'),
      ],
    });
    expect(blocksOf(encoded, 1)).toEqual([
      { type: 'thinking', thinking: 'Hm.', signature: 's' },
      { type: 'redacted_thinking', data: 'r' },
      { type: 'text', text: 'Hi' },
    ]);
    expect(encoded.losses).toMatchObject([{ field: 'messages[1].content[2]', matters: false }]);
  });

  it('with tools whose names and schemas have to be changed', () => {
    const encoded = encode({
      tools: [
        { name: 'files.read', description: 'Reads.', parameters: {}, strict: true },
        {
          name: 'pick',
          parameters: { anyOf: [{ type: 'object', properties: { a: { type: 'string' } } }, { properties: { b: {} } }] },
        },
        { name: 'ref', parameters: { $ref: '#/$defs/R', $defs: { R: { type: 'object', properties: { c: {} } } } } },
      ],
      toolChoice: { kind: 'named', name: 'files.read' },
      parallelToolCalls: false,
    });
    expect(encoded.body.tools).toEqual([
      { name: 'files_read', description: 'Reads.', input_schema: { type: 'object' } },
      { name: 'pick', input_schema: { type: 'object', properties: { a: { type: 'string' }, b: {} } } },
      { name: 'ref', input_schema: { type: 'object', properties: { c: {} } } },
    ]);
    expect(encoded.body.tool_choice).toEqual({ type: 'tool', name: 'files_read', disable_parallel_tool_use: true });
    expect([...encoded.reading.toolNames]).toEqual([['files_read', 'files.read']]);
    expect(lost(encoded)).toEqual(['tools[0].name', 'tools[0].strict', 'tools[1].parameters']);
  });

  it.each([
    [{ kind: 'auto' as const }, { type: 'auto' }],
    [{ kind: 'required' as const }, { type: 'any' }],
    [{ kind: 'none' as const }, { type: 'none' }],
  ])('with the tool choice %j', (toolChoice, expected) => {
    expect(encode({ tools: [{ name: 'f', parameters: {} }], toolChoice }).body.tool_choice).toEqual(expected);
  });

  it('whose history has calls but which declares no tools any more', () => {
    const call: Message = { role: 'assistant', parts: [{ type: 'tool-call', id: 'c', name: 'f', arguments: '{}' }] };
    const encoded = encode({
      messages: [
        user('x'),
        call,
        { role: 'tool', parts: [{ type: 'tool-result', callId: 'c', content: [], isError: false }] },
      ],
    });
    expect(encoded.body.tools).toEqual([{ name: 'f', input_schema: { type: 'object' } }]);
    expect(encoded.body.tool_choice).toEqual({ type: 'none' });
    expect(lost(encoded)).toEqual(['tools']);
  });

  it('names every field that has no counterpart', () => {
    const encoded = encode({
      choices: 2,
      sampling: { temperature: 1.5, topP: 0.5, topK: 3, seed: 1, frequencyPenalty: 1, presencePenalty: 0 },
      stop: ['END', '\n'],
      endUser: 'u',
      unmapped: ['logit_bias', 'store'],
    });
    expect(encoded.body).toMatchObject({
      temperature: 1,
      top_k: 3,
      stop_sequences: ['END'],
      metadata: { user_id: 'u' },
    });
    expect(encoded.body).not.toHaveProperty('top_p');
    expect(Object.fromEntries(encoded.losses.map(({ field, matters }) => [field, matters]))).toEqual({
      stop: true,
      temperature: false,
      top_p: false,
      frequency_penalty: false,
      seed: false,
      n: true,
      logit_bias: true,
      store: false,
    });
  });

  it.each<[string, Partial<Quirks>]>([
    ['a version of the API that refuses it', { anthropicVersion: '2026-10-21' }],
    ['a model that refuses it', { sampling: false }],
  ])('leaves sampling out for %s', (_, quirks) => {
    const encoded = encode({ sampling: { temperature: 0, topK: 3 } }, { quirks });
    expect(encoded.body).not.toHaveProperty('temperature');
    expect(lost(encoded)).toEqual(['temperature', 'top_k']);
  });

  it('without a limit of output, or above what the model writes', () => {
    const { maxOutputTokens: _, ...unlimited } = foreign;
    expect(encodeAny(unlimited)).toMatchObject({ body: { max_tokens: 4096 }, losses: [{ field: 'max_tokens' }] });
    const capabilities = { ...UNKNOWN_CAPABILITIES, maxOutputTokens: 1000 };
    expect(encodeAny(unlimited, { capabilities }).body.max_tokens).toBe(1000);
    expect(encode({}, { capabilities })).toMatchObject({
      body: { max_tokens: 1000 },
      losses: [{ field: 'max_tokens' }],
    });
    const thinking = encodeAny({ ...unlimited, reasoning: { effort: 'high' } }, { quirks: { thinking: 'budget' } });
    expect(thinking.body).toMatchObject({ max_tokens: 4096 + 16_384, thinking: { budget_tokens: 16_384 } });
  });

  it('that ends with words of the assistant is a prefill, or gets a turn of the user where there is no such thing', () => {
    const messages: Message[] = [user('x'), { role: 'assistant', parts: [{ type: 'text', text: 'Well, ' }] }];
    expect((encode({ messages }).body.messages as JsonObject[]).at(-1)).toMatchObject({
      role: 'assistant',
      content: [{ text: 'Well,' }],
    });
    const abilities = { ...UNKNOWN_CAPABILITIES.abilities, prefill: 'no' as const };
    const encoded = encode({ messages }, { capabilities: { abilities } });
    expect((encoded.body.messages as JsonObject[]).at(-1)).toMatchObject({ role: 'user' });
    expect(lost(encoded)).toEqual(['messages']);
  });

  it('always alternates, begins its turns with results and keeps the ids and names of tools within the rules', () => {
    const part = fc.oneof(
      fc.string().map((text) => ({ type: 'text' as const, text })),
      fc.record({
        type: fc.constant('tool-call' as const),
        id: fc.string(),
        name: fc.string(),
        arguments: fc.oneof(fc.json(), fc.string()),
      }),
      fc.record({
        type: fc.constant('tool-result' as const),
        callId: fc.string(),
        content: fc.constant([]),
        isError: fc.boolean(),
      }),
    );
    const message = fc.record({
      role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
      parts: fc.array(part, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 10 }), (messages) => {
        const turns = encode({ messages: messages as Message[] }).body.messages as JsonObject[];
        expect(turns.length).toBeGreaterThan(0);
        for (const [at, { role, content }] of turns.entries()) {
          if (at > 0) expect(role).not.toBe(turns[at - 1]?.role);
          const types = (content as JsonObject[]).map(({ type }) => type === 'tool_result');
          expect(types).toEqual([...types].sort((a, b) => Number(b) - Number(a)));
          for (const block of content as JsonObject[]) {
            if (block.type !== 'tool_use') continue;
            expect(block.id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
            expect(block.name).toMatch(toolNameRule.pattern);
          }
        }
      }),
    );
  });
});

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

describe('thinking', () => {
  const high = { reasoning: { effort: 'high' as const } };

  it.each<[Quirks['thinking'], ChatRequest['reasoning'], JsonObject]>([
    ['adaptive', { effort: 'medium' }, { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } }],
    ['adaptive', { effort: 'xhigh' }, { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }],
    ['adaptive', { effort: 'none' }, { thinking: { type: 'disabled' } }],
    ['adaptive', { budgetTokens: 1500 }, { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }],
    ['effort', { effort: 'minimal' }, { output_config: { effort: 'low' } }],
    ['budget', { budgetTokens: 100 }, { thinking: { type: 'enabled', budget_tokens: 1024 } }],
    ['budget', { effort: 'high' }, { thinking: { type: 'enabled', budget_tokens: 3200 } }],
  ])('asked for as %s of %j', (thinking, reasoning, expected) => {
    const { body } = encode({ ...(reasoning && { reasoning }) }, { quirks: { thinking } });
    expect({ thinking: body.thinking, output_config: body.output_config }).toEqual({
      thinking: undefined,
      output_config: undefined,
      ...expected,
    });
  });

  it('is a loss where the target does not think, or has no room for it', () => {
    expect(lost(encode(high))).toEqual(['reasoning']);
    const cramped = encode({ ...high, maxOutputTokens: 1100 }, { quirks: { thinking: 'budget' } });
    expect(cramped.body).not.toHaveProperty('thinking');
    expect(lost(cramped)).toEqual(['reasoning']);
  });

  it.each<[string, Partial<ChatRequest>]>([
    ['a forced tool', { tools: [{ name: 'f', parameters: {} }], toolChoice: { kind: 'required' } }],
    ['a prefill', { messages: [user('x'), { role: 'assistant', parts: [{ type: 'text', text: 'A' }] }] }],
    [
      'a round of tools begun by another provider',
      {
        tools: [{ name: 'f', parameters: {} }],
        messages: [
          user('x'),
          { role: 'assistant', parts: [{ type: 'tool-call', id: 'c', name: 'f', arguments: '{}' }] },
          { role: 'tool', parts: [{ type: 'tool-result', callId: 'c', content: [], isError: false }] },
        ],
      },
    ],
  ])('gives way to %s', (_, fields) => {
    const encoded = encode({ ...high, ...fields }, { quirks: { thinking: 'budget' } });
    expect(encoded.body).not.toHaveProperty('thinking');
    expect(lost(encoded)).toContain('reasoning');
  });

  it('pushes changed sampling out', () => {
    const encoded = encode({ ...high, sampling: { temperature: 0.2, topK: 4 } }, { quirks: { thinking: 'adaptive' } });
    expect(encoded.body).toMatchObject({ thinking: { type: 'adaptive' } });
    expect(encoded.body).not.toHaveProperty('temperature');
    expect(lost(encoded)).toEqual(['temperature', 'top_k']);
  });
});

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
