import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { Message } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { blocksOf, encode, encodeAny, foreign, lost, user } from './test-kit.ts';
import { toolNameRule } from './wire.ts';

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
    const given = ['{"cut', '', 'null', '[1]'];
    const results: Message = {
      role: 'tool',
      parts: given.map((callId) => ({ type: 'tool-result', callId, content: [], isError: false })),
    };
    const encoded = encode({
      tools: [{ name: 'f', parameters: {} }],
      messages: [user('x'), ...given.map(call), results, user('y')],
    });
    expect(blocksOf(encoded, 1).map(({ input }) => input)).toEqual([{}, {}, {}, {}]);
    expect(encoded.losses.map(({ field, matters }) => [field, matters])).toEqual([
      ['messages[1].content[0]', true],
      ['messages[1].content[3]', true],
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
      { name: 'pick', input_schema: { type: 'object', properties: { a: {}, b: {} } } },
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
      unmapped: [
        { field: 'logit_bias', matters: true },
        { field: 'store', matters: false },
      ],
    });
    expect(encoded.body).toMatchObject({
      temperature: 1,
      top_k: 3,
      stop_sequences: ['END'],
      metadata: { user_id: 'u' },
    });
    expect(encoded.body).not.toHaveProperty('top_p');
    expect(Object.fromEntries(encoded.losses.map(({ field, matters }) => [field, matters]))).toEqual({
      stop: false,
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
