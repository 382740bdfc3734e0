import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { encodeRequest } from './encode-request.ts';
import { chatRequest, encodeContext, foreignRequest } from './test-kit.ts';

const own = (body: JsonObject, quirks: Partial<Quirks> = {}) => encodeRequest(chatRequest(body), encodeContext(quirks));
const foreign = (change: Partial<ChatRequest>, quirks: Partial<Quirks> = {}) =>
  encodeRequest(foreignRequest(change), encodeContext(quirks));
const fn = (name: string, more: JsonObject = {}): JsonObject => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} }, ...more },
});
const lost = (encoded: { losses: readonly { field: string }[] }) => encoded.losses.map(({ field }) => field);

describe('a host of which nothing is known is given what the caller wrote', () => {
  it.each<JsonObject>([
    { thinking: { type: 'enabled' }, enable_thinking: true, reasoning: { effort: 'high' }, top_k: 3, random_seed: 1 },
    { tool_choice: 'any', tools: [fn('a', { strict: true })], temperature: 1.9, min_p: 0.1 },
    {
      messages: [
        { role: 'user', name: 'Ada', content: [{ type: 'text', text: 'x' }] },
        { role: 'system', content: 'y' },
      ],
    },
  ])('%j', (body) => {
    const { body: sent, losses } = own(body);
    expect(sent).toMatchObject(body);
    expect(losses).toEqual([]);
  });
});

describe('how thinking is asked for', () => {
  const effort = { effort: 'high' } as const;
  it.each<[Partial<Quirks>, ChatRequest['reasoning'], JsonObject]>([
    [{ thinking: 'effort' }, effort, { reasoning_effort: 'high' }],
    [{ thinking: 'effort', thinkingSwitch: 'reasoning' }, effort, { reasoning: { effort: 'high' } }],
    [{ thinking: 'effort', thinkingSwitch: 'reasoning' }, { effort: 'max' }, { reasoning: { effort: 'xhigh' } }],
    [{ thinking: 'effort', thinkingSwitch: 'reasoning' }, { budgetTokens: 900 }, { reasoning: { max_tokens: 900 } }],
    [{ thinking: 'effort', thinkingSwitch: 'reasoning' }, { effort: 'none' }, { reasoning: { enabled: false } }],
    [{ thinking: 'effort', thinkingSwitch: 'reasoning' }, {}, { reasoning: { enabled: true } }],
    [{ thinking: 'adaptive', thinkingSwitch: 'thinking' }, {}, { thinking: { type: 'enabled' } }],
    [{ thinking: 'adaptive', thinkingSwitch: 'thinking' }, { display: 'hidden' }, {}],
    [{ thinking: 'budget', thinkingSwitch: 'enable-thinking' }, {}, { enable_thinking: true }],
    [{ thinking: 'adaptive', thinkingSwitch: 'thinking' }, effort, { thinking: { type: 'enabled' } }],
    [{ thinking: 'adaptive', thinkingSwitch: 'thinking' }, { effort: 'none' }, { thinking: { type: 'disabled' } }],
    [
      { thinking: 'effort', thinkingSwitch: 'thinking' },
      effort,
      { thinking: { type: 'enabled' }, reasoning_effort: 'high' },
    ],
    [{ thinking: 'budget', thinkingSwitch: 'enable-thinking' }, effort, { enable_thinking: true }],
    [
      { thinking: 'budget', thinkingSwitch: 'enable-thinking' },
      { budgetTokens: 900 },
      { enable_thinking: true, thinking_budget: 900 },
    ],
    [{ thinking: 'budget', thinkingSwitch: 'enable-thinking' }, { effort: 'none' }, { enable_thinking: false }],
    [
      { thinking: 'adaptive', thinkingSwitch: 'chat-template' },
      { effort: 'none' },
      { chat_template_kwargs: { enable_thinking: false } },
    ],
  ])('%j given %j', (quirks, reasoning, expected) => {
    const { body } = foreign({ ...(reasoning && { reasoning }) }, quirks);
    const { model: _, messages: __, ...told } = body;
    expect(told).toEqual(expected);
  });

  it.each<[Partial<Quirks>, JsonObject, JsonObject]>([
    [
      { thinking: 'adaptive', thinkingSwitch: 'thinking' },
      { reasoning_effort: 'high' },
      { thinking: { type: 'enabled' } },
    ],
    [{ thinking: 'budget', thinkingSwitch: 'enable-thinking' }, { reasoning_effort: 'low' }, { enable_thinking: true }],
    [
      { thinking: 'effort', refusedFields: ['thinking', 'reasoning'] },
      { reasoning: { effort: 'high' } },
      { reasoning_effort: 'high' },
    ],
    [
      { thinking: 'effort', thinkingSwitch: 'reasoning' },
      { enable_thinking: false },
      { reasoning: { enabled: false } },
    ],
    [
      { thinking: 'effort', thinkingSwitch: 'reasoning' },
      { thinking_budget: 900, enable_thinking: true },
      { reasoning: { max_tokens: 900 } },
    ],
    // Its own field stands as the caller wrote it.
    [
      { thinking: 'adaptive', thinkingSwitch: 'thinking' },
      { thinking: { type: 'enabled', clear_thinking: false } },
      { thinking: { type: 'enabled', clear_thinking: false } },
    ],
  ])('the field of another host in the caller’s own body: %j %j', (quirks, given, expected) => {
    const { model: _, messages: __, ...told } = own(given, quirks).body;
    expect(told).toEqual(expected);
  });

  it('is named where it cannot be asked for, or not how much', () => {
    const effortful = { reasoning: { effort: 'high' as const } };
    expect(lost(foreign(effortful, { thinking: 'adaptive', thinkingSwitch: 'thinking' }))).toHaveLength(1);
    const never = foreign(effortful, { thinking: 'none', thinkingSwitch: 'thinking' });
    expect(never.body).not.toHaveProperty('thinking');
    expect(never.losses).toHaveLength(1);
  });
});

describe('tool_choice', () => {
  const named = { type: 'function', function: { name: 'a' } };
  const both = { tools: [fn('a'), fn('b')] };
  it.each<[Partial<Quirks>, JsonObject, JsonValue | undefined, number]>([
    [{ requiredWord: 'any' }, { ...both, tool_choice: 'required' }, 'any', 2],
    [{ requiredWord: 'required' }, { ...both, tool_choice: 'any' }, 'required', 2],
    [{ toolChoice: 'words' }, { ...both, tool_choice: named }, 'required', 1],
    [{ toolChoice: 'words', requiredWord: 'any' }, { ...both, tool_choice: named }, 'any', 1],
    [{ toolChoice: 'named' }, { ...both, tool_choice: named }, named, 2],
    [{ toolChoice: 'named' }, { tools: [fn('a')], tool_choice: 'required' }, named, 1],
    [{ toolChoice: 'named' }, { ...both, tool_choice: 'required' }, undefined, 2],
    [{ toolChoice: 'auto' }, { ...both, tool_choice: named }, undefined, 2],
    [{ toolChoice: 'auto' }, { ...both, tool_choice: 'none' }, 'none', 2],
  ])('%j given %j', (quirks, body, choice, tools) => {
    const { body: sent, losses } = own(body, quirks);
    expect(sent.tool_choice).toEqual(choice);
    expect(sent.tools).toHaveLength(tools);
    // What cannot be forced may not be called: the answer may be another one.
    expect(losses.map(({ matters }) => matters)).toEqual(choice === undefined ? [true] : []);
  });
});

describe('fields', () => {
  it('the seed by its name here', () => {
    expect(own({ seed: 7 }, { seedField: 'random_seed' }).body).toMatchObject({ random_seed: 7 });
    expect(own({ seed: 7 }, { seedField: 'random_seed' }).body).not.toHaveProperty('seed');
    expect(foreign({ sampling: { seed: 7 } }, { seedField: 'random_seed' }).body).toMatchObject({ random_seed: 7 });
    expect(own({ random_seed: 7 }, { refusedFields: ['random_seed'] }).body).toMatchObject({ seed: 7 });
  });

  it('top_k where it is known', () => {
    expect(foreign({ sampling: { topK: 5 } }, { topK: true }).body).toMatchObject({ top_k: 5 });
    const unknown = foreign({ sampling: { topK: 5 } });
    expect(unknown.body).not.toHaveProperty('top_k');
    expect(unknown.losses).toHaveLength(1);
  });

  it('a temperature above the scale of this host; nonsense stays nonsense', () => {
    const quirks = { maxTemperature: 1 };
    const lowered = own({ temperature: 1.4 }, quirks);
    expect(lowered.body.temperature).toBe(1);
    expect(lost(lowered)).toEqual(['temperature']);
    expect(own({ temperature: 0.4 }, quirks).losses).toEqual([]);
    expect(own({ temperature: 5 }, quirks).body.temperature).toBe(5);
  });

  it('strict, in tools and schemas', () => {
    const schema = { type: 'object', properties: {} };
    const body = {
      tools: [fn('a', { strict: true }), fn('b')],
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } },
    };
    const encoded = own(body, { strict: false });
    expect(JSON.stringify(encoded.body)).not.toContain('strict');
    expect(encoded.losses).toHaveLength(1);
    expect(encoded.body.response_format).toMatchObject({ json_schema: { name: 'x', schema } });
  });

  it('that are refused are left out and named; what asks for nothing is not named', () => {
    const body = { logprobs: true, logit_bias: null, user: 'u', n: 2 };
    const encoded = own(body, { refusedFields: ['logprobs', 'logit_bias', 'user'] });
    expect(encoded.body).toEqual({ model: 'model-x', messages: [{ role: 'user', content: 'Hello' }], n: 2 });
    expect(lost(encoded)).toEqual(['logprobs', 'user']);
    expect(encoded.losses.map(({ matters }) => matters)).toEqual([true, false]);
  });

  it('of a host that refuses everything it does not know', () => {
    const encoded = own(
      { user: 'u', top_p: 1, frob: 1, stream: true },
      { onlyFields: ['model', 'messages', 'stream'] },
    );
    expect(Object.keys(encoded.body).sort()).toEqual(['messages', 'model', 'stream']);
    expect(lost(encoded)).toEqual(expect.arrayContaining(['user', 'top_p', 'frob']));
  });

  it('a schema in words goes with the JSON mode, where there is one and no tool', () => {
    const schema = { type: 'object', properties: {} };
    const output = { kind: 'json-schema' as const, name: 'x', schema, strict: true };
    const prompt = { structuredOutput: 'prompt' as const };
    expect(foreign({ output }, prompt).body).toMatchObject({ response_format: { type: 'json_object' } });
    expect(foreign({ output }, { ...prompt, jsonMode: false }).body).not.toHaveProperty('response_format');
    const tools = [{ name: 'a', parameters: schema }];
    expect(foreign({ output, tools }, prompt).body).not.toHaveProperty('response_format');
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } };
    expect(own({ response_format }, prompt).body).toMatchObject({ response_format: { type: 'json_object' } });
  });
});

describe('messages', () => {
  const messagesOf = (messages: JsonObject[], quirks: Partial<Quirks>) => own({ messages }, quirks);

  it('without names of participants', () => {
    const encoded = messagesOf([{ role: 'user', name: 'Ada', content: 'x' }], { messageNames: false });
    expect(encoded.body.messages).toEqual([{ role: 'user', content: 'x' }]);
    expect(lost(encoded)).toEqual(['messages[0].name']);
  });

  it('text as text, where lists of parts are not taken; other parts stay', () => {
    const text = { type: 'text', text: 'x' };
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
    const messages: JsonObject[] = [
      { role: 'system', content: [text] },
      { role: 'user', content: [text, { type: 'text', text: 'y' }] },
      { role: 'user', content: [text, image] },
    ];
    expect(messagesOf(messages, { textParts: false }).body.messages).toMatchObject([
      { content: 'x' },
      { content: 'x\ny' },
      { content: [text, image] },
    ]);
  });

  it('an empty text beside tool calls, where null is not taken', () => {
    const calls = [{ id: 'c', type: 'function', function: { name: 'a', arguments: '{}' } }];
    const messages: JsonObject[] = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'c', content: 'y' },
    ];
    expect(messagesOf(messages, { nullContent: false }).body.messages).toMatchObject([{}, { content: '' }, {}]);
    expect(messagesOf(messages, {}).body.messages).toMatchObject([{}, { content: null }, {}]);
  });

  it('an image by its address, where nobody would fetch it, is a loss that matters', () => {
    const url = 'https://example.org/cat.png';
    const bytes = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
    const messages = [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }, bytes] }];
    const encoded = messagesOf(messages, { imageUrls: false });
    expect(encoded.body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: `[Image: ${url}]` }, bytes] },
    ]);
    expect(encoded.losses).toMatchObject([{ field: 'messages[0].content[0]', matters: true }]);
  });

  const turns: JsonObject[] = [
    { role: 'user', content: 'a' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'c', content: 'r' },
    { role: 'user', content: 'b' },
  ];

  it('a word of the assistant between a tool and the user', () => {
    const encoded = messagesOf(turns, { roleOrder: 'assistant-after-tool' });
    expect((encoded.body.messages as JsonObject[]).map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'user',
    ]);
    expect(encoded.losses).toHaveLength(1);
    expect(messagesOf(turns.slice(0, 3), { roleOrder: 'assistant-after-tool' }).losses).toEqual([]);
  });

  it('neighbours of one role as one message, where roles have to alternate', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
    const messages: JsonObject[] = [
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
      { role: 'user', content: [image] },
      { role: 'assistant', content: 'c' },
      { role: 'assistant', content: 'd' },
    ];
    expect(messagesOf(messages, { roleOrder: 'alternating' }).body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'a\n\nb' }, image] },
      { role: 'assistant', content: 'c\n\nd' },
    ]);
    expect(messagesOf(turns, { roleOrder: 'alternating' }).body.messages).toHaveLength(4);
  });

  it('one system message at the head, where they are taken nowhere else', () => {
    const messages: JsonObject[] = [
      { role: 'system', content: 'a' },
      { role: 'user', content: 'b' },
      { role: 'system', content: 'c' },
      { role: 'user', content: 'd' },
    ];
    const encoded = messagesOf(messages, { systemMessages: 'first' });
    expect(encoded.body.messages).toEqual([
      { role: 'system', content: 'a\n\nc' },
      { role: 'user', content: 'b' },
      { role: 'user', content: 'd' },
    ]);
    expect(encoded.losses).toHaveLength(1);
    expect(messagesOf(messages.slice(0, 2), { systemMessages: 'first' }).losses).toEqual([]);
  });

  it('a last message of the assistant is marked where the host wants a flag, whoever wrote it', () => {
    const messages: JsonObject[] = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'The' },
    ];
    const last = (quirks: Partial<Quirks>) => (messagesOf(messages, quirks).body.messages as JsonObject[]).at(-1);
    expect(last({ prefill: 'prefix-flag' })).toEqual({ role: 'assistant', content: 'The', prefix: true });
    expect(last({})).toEqual({ role: 'assistant', content: 'The' });
  });
});
