import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { Message, Part } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { encodeContextFor, foreignRequest } from '../common/test-kit.ts';
import { encodeRequest } from './encode-request.ts';

const schema: JsonObject = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const weather = { name: 'weather', description: 'Tells the weather.', parameters: schema };
const user = (...parts: Part[]): Message => ({ role: 'user', parts });
const text = (words: string): Part => ({ type: 'text', text: words });
const call = (id: string, name = 'weather', json = '{"city":"Oslo"}'): Part => ({
  type: 'tool-call',
  id,
  name,
  arguments: json,
});
const result = (callId: string, ...content: Extract<Part, { type: 'text' }>[]): Part => ({
  type: 'tool-result',
  callId,
  content,
  isError: false,
});

function encode(change: Partial<ChatRequest> = {}, quirks: Partial<Quirks> = {}, model = 'amazon.nova-pro-v1:0') {
  const context = encodeContextFor('openai-chat', quirks, model);
  return encodeRequest(foreignRequest(change), {
    ...context,
    target: { ...context.target, dialect: 'bedrock-converse' },
  });
}
const losses = (change: Partial<ChatRequest>, quirks: Partial<Quirks> = {}, model?: string) =>
  encode(change, quirks, model).losses.map(({ field, matters }) => `${field}${matters ? '!' : ''}`);

describe('a request to Converse', () => {
  test('the model stands in the path, encoded whole; streaming is another path', () => {
    expect(encode().path).toBe('/model/amazon.nova-pro-v1%3A0/converse');
    const arn = 'arn:aws:bedrock:eu-west-1:1:inference-profile/eu.amazon.nova-pro-v1:0';
    expect(encode({ stream: true }, {}, arn).path).toBe(`/model/${encodeURIComponent(arn)}/converse-stream`);
    expect(encode()).toMatchObject({
      headers: {},
      body: { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] },
      losses: [],
    });
  });

  test('system text, limits and sampling', () => {
    const { body, losses: lost } = encode({
      messages: [{ role: 'system', parts: [text('Be brief.')] }, user(text('Hi'))],
      maxOutputTokens: 100,
      stop: ['END', ' '],
      sampling: { temperature: 1.5, topP: 0.9, topK: 5, seed: 7, frequencyPenalty: 0 },
    });
    expect(body).toEqual({
      system: [{ text: 'Be brief.' }],
      messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      inferenceConfig: { maxTokens: 100, stopSequences: ['END'], temperature: 1, topP: 0.9 },
    });
    expect(lost.map(({ field }) => field).sort()).toEqual(['seed', 'stop_sequences', 'temperature', 'top_k']);
  });

  test('sampling is left out where the model refuses it', () => {
    expect(encode({ sampling: { temperature: 0.1 } }, { sampling: false }).body).not.toHaveProperty('inferenceConfig');
    expect(losses({ sampling: { temperature: 0.1 } }, { sampling: false })).toEqual(['temperature']);
  });

  test('labels go along where they fit', () => {
    expect(encode({ metadata: { team: 'a-1' } }).body.requestMetadata).toEqual({ team: 'a-1' });
    expect(encode({ metadata: { team: 'ключ' } }).body).not.toHaveProperty('requestMetadata');
  });

  test('nothing is lost silently', () => {
    expect(
      losses({
        endUser: 'u',
        logprobs: { top: 1 },
        promptCacheKey: 'k',
        verbosity: 'low',
        choices: 2,
        serviceTier: 'flex',
        unmapped: [{ field: 'odd', matters: true }],
      }).sort(),
    ).toEqual(['logprobs!', 'metadata.user_id', 'n!', 'odd!', 'prompt_cache_key', 'service_tier', 'verbosity']);
    expect(encode({ serviceTier: 'flex' }, { vendorFields: true }).body.serviceTier).toEqual({ type: 'flex' });
  });
});

describe('a conversation', () => {
  const messages = (given: readonly Message[]) => encode({ messages: given }).body.messages;

  test('of tools: calls as objects, results first in one turn of the user, ids kept', () => {
    expect(
      encode({
        tools: [weather],
        messages: [
          user(text('Weather?')),
          { role: 'assistant', parts: [text('Let me see.'), call('a'), call('b', 'weather', '')] },
          { role: 'tool', parts: [result('a', { type: 'text', text: '3 °C' })] },
          { role: 'tool', parts: [{ ...result('b'), isError: true } as Part] },
          user(text('And?')),
        ],
      }).body.messages,
    ).toEqual([
      { role: 'user', content: [{ text: 'Weather?' }] },
      {
        role: 'assistant',
        content: [
          { text: 'Let me see.' },
          { toolUse: { toolUseId: 'a', name: 'weather', input: { city: 'Oslo' } } },
          { toolUse: { toolUseId: 'b', name: 'weather', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'a', content: [{ text: '3 °C' }], status: 'success' } },
          { toolResult: { toolUseId: 'b', content: [{ json: {} }], status: 'error' } },
          { text: 'And?' },
        ],
      },
    ]);
  });

  test('begins and ends with the user, in turns, without blank texts', () => {
    expect(
      messages([
        { role: 'assistant', parts: [text('Welcome.')] },
        user(text('A')),
        user(text(' ')),
        { role: 'system', parts: [text('Mind the time.')] },
        { role: 'assistant', parts: [text('B')] },
      ]),
    ).toEqual([
      { role: 'user', content: [{ text: 'Continue.' }] },
      { role: 'assistant', content: [{ text: 'Welcome.' }] },
      { role: 'user', content: [{ text: 'A' }, { text: 'Mind the time.' }] },
      { role: 'assistant', content: [{ text: 'B' }] },
      { role: 'user', content: [{ text: 'Continue.' }] },
    ]);
    expect(messages([])).toEqual([{ role: 'user', content: [{ text: 'Continue.' }] }]);
  });

  test('a prefill is kept for a model that is known to continue it', () => {
    const given = [user(text('A')), { role: 'assistant', parts: [text('B')] }] as const;
    const context = encodeContextFor('openai-chat');
    const { capabilities } = context.target;
    const abilities = { ...capabilities.abilities, prefill: 'yes' } as const;
    const target = {
      ...context.target,
      dialect: 'bedrock-converse',
      capabilities: { ...capabilities, abilities },
    } as const;
    const { body } = encodeRequest(foreignRequest({ messages: given }), { ...context, target });
    expect(body.messages).toHaveLength(2);
  });

  test('media: bytes, an object of S3, words beside a document, names without doubles', () => {
    const base64 = (mediaType: string) => ({ kind: 'base64', mediaType, data: 'QUJD' }) as const;
    expect(
      messages([
        user(
          { type: 'image', source: base64('image/jpg') },
          { type: 'file', source: base64('application/pdf'), name: 'a_b/c.pdf' },
          { type: 'file', source: { kind: 'url', url: 's3://bucket/x.csv' }, name: 'a_b/c.pdf' },
        ),
      ]),
    ).toEqual([
      {
        role: 'user',
        content: [
          { image: { format: 'jpeg', source: { bytes: 'QUJD' } } },
          { document: { format: 'pdf', source: { bytes: 'QUJD' }, name: 'a-b-c-pdf' } },
          { document: { format: 'csv', source: { s3Location: { uri: 's3://bucket/x.csv' } }, name: 'a-b-c-pdf 2' } },
          { text: 'Continue.' },
        ],
      },
    ]);
  });

  test('media that this target cannot take are named', () => {
    const parts: Part[] = [
      { type: 'image', source: { kind: 'url', url: 'https://x.test/a.png' } },
      { type: 'file', source: { kind: 'base64', mediaType: 'application/zip', data: 'QQ==' } },
      { type: 'file', source: { kind: 'provider-file', id: 'f', dialect: 'openai-chat' } },
      { type: 'audio', source: { kind: 'base64', mediaType: 'audio/wav', data: 'QQ==' } },
      { type: 'foreign', dialect: 'gemini-generate', kind: 'executableCode', value: {} },
    ];
    expect(losses({ messages: [user(text('Look.'), ...parts)] })).toEqual(
      [1, 2, 3, 4, 5].map((at) => `messages[0].content[${at}]!`),
    );
  });

  test('thinking goes back to the one who signed it, and to nobody else', () => {
    const think = (dialect: 'bedrock-converse' | 'anthropic-messages', value: JsonObject): Part => ({
      type: 'reasoning',
      text: 'Hm.',
      opaque: { dialect, value },
    });
    const parts = [
      think('bedrock-converse', { signature: 's' }),
      think('bedrock-converse', { redacted: 'r' }),
      think('anthropic-messages', { signature: 'foreign' }),
      { type: 'reasoning', text: 'unsigned' } as const,
      text('So.'),
    ];
    expect(messages([user(text('A')), { role: 'assistant', parts }, user(text('B'))])).toMatchObject([
      {},
      {
        content: [
          { reasoningContent: { reasoningText: { text: 'Hm.', signature: 's' } } },
          { reasoningContent: { redactedContent: 'r' } },
          { text: 'So.' },
        ],
      },
      {},
    ]);
  });
});

describe('tools', () => {
  const config = (change: Partial<ChatRequest>, quirks: Partial<Quirks> = {}) => encode(change, quirks).body.toolConfig;

  test('names that the API refuses are renamed and come back', () => {
    const encoded = encode({
      tools: [{ ...weather, name: 'get.weather' }],
      toolChoice: { kind: 'named', name: 'get.weather' },
    });
    expect(encoded.body.toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'get_weather', description: 'Tells the weather.', inputSchema: { json: schema } } }],
      toolChoice: { tool: { name: 'get_weather' } },
    });
    expect(encoded.reading.toolNames.get('get_weather')).toBe('get.weather');
  });

  test.each<[ChatRequest['toolChoice'], unknown]>([
    [{ kind: 'auto' }, undefined],
    [{ kind: 'required' }, { any: {} }],
    [{ kind: 'allowed', names: ['weather'], required: true }, { any: {} }],
    [{ kind: 'allowed', names: ['weather'], required: false }, undefined],
  ])('the choice %j', (toolChoice, expected) => {
    expect(config({ tools: [weather], ...(toolChoice && { toolChoice }) })).toMatchObject({
      tools: [{ toolSpec: { name: 'weather' } }],
      ...(expected !== undefined && { toolChoice: expected }),
    });
  });

  test('none may be called: none are sent, unless the conversation holds calls, which is said', () => {
    expect(config({ tools: [weather], toolChoice: { kind: 'none' } })).toBeUndefined();
    const history = [
      user(text('A')),
      { role: 'assistant', parts: [call('a')] },
      { role: 'tool', parts: [result('a')] },
    ] as const;
    expect(config({ tools: [weather], toolChoice: { kind: 'none' }, messages: history })).toHaveProperty('tools');
    expect(losses({ tools: [weather], toolChoice: { kind: 'none' }, messages: history })).toContain('tool_choice!');
    expect(config({ messages: history })).toMatchObject({ tools: [{ toolSpec: { name: 'weather' } }] });
  });

  test('an empty description is left out', () => {
    expect(JSON.stringify(config({ tools: [{ ...weather, description: ' ' }] }))).not.toContain('description":');
  });
});

describe('structured output', () => {
  const output = { kind: 'json-schema', name: 'my answer', schema, strict: true } as const;

  test('native', () => {
    expect(encode({ output }, { structuredOutput: 'native' }).body.outputConfig).toEqual({
      textFormat: {
        type: 'json_schema',
        structure: { jsonSchema: { name: 'my_answer', schema: JSON.stringify(schema) } },
      },
    });
  });

  test('by a tool that must be called, of a name that is free', () => {
    const encoded = encode({ output, tools: [{ ...weather, name: 'answer' }] }, { structuredOutput: 'forced-tool' });
    expect(encoded.reading.answerTool).toBe('answer_2');
    expect(encoded.body.toolConfig).toMatchObject({
      tools: [{ toolSpec: { name: 'answer' } }, { toolSpec: { name: 'answer_2', inputSchema: { json: schema } } }],
      toolChoice: { any: {} },
    });
    expect(encode({ output }, { structuredOutput: 'forced-tool' }).body.toolConfig).toMatchObject({
      toolChoice: { tool: { name: 'answer' } },
    });
  });

  test('by the instructions', () => {
    const { body } = encode({ output }, { structuredOutput: 'prompt' });
    expect(JSON.stringify(body.system)).toContain('JSON Schema');
    expect(JSON.stringify(encode({ output: { kind: 'json' } }).body.system)).toContain('JSON Schema');
  });
});

describe('thinking, in the words of each vendor', () => {
  const extra = (change: Partial<ChatRequest>, quirks: Partial<Quirks>, model?: string) =>
    encode(change, quirks, model).body.additionalModelRequestFields;
  const high = { reasoning: { effort: 'high' } } as const;

  test('by effort', () => {
    expect(extra(high, { thinking: 'effort' }, 'us.amazon.nova-2-lite-v1:0')).toEqual({
      reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' },
    });
    expect(extra(high, { thinking: 'effort' }, 'openai.gpt-oss-120b-1:0')).toEqual({ reasoning_effort: 'high' });
  });

  test('by budget, within the limit of the answer; sampling gives way', () => {
    const { body, losses: lost } = encode(
      { reasoning: { budgetTokens: 9_000 }, maxOutputTokens: 5_000, sampling: { temperature: 0 } },
      { thinking: 'budget' },
    );
    expect(body).toMatchObject({
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 4_000 } },
      inferenceConfig: { maxTokens: 5_000 },
    });
    expect(lost.map(({ field }) => field)).toEqual(['thinking', 'temperature']);
    expect(losses({ reasoning: { effort: 'low' }, maxOutputTokens: 500 }, { thinking: 'budget' })).toEqual([
      'thinking!',
    ]);
  });

  test('adaptive, and not beside a forced tool', () => {
    expect(extra(high, { thinking: 'adaptive' })).toEqual({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'high' },
    });
    const forced = { ...high, tools: [weather], toolChoice: { kind: 'required' } } as const;
    expect(extra(forced, { thinking: 'adaptive' })).toBeUndefined();
    expect(losses(forced, { thinking: 'adaptive' })).toContain('thinking!');
  });

  test('a model that does not think is not asked to', () => {
    expect(extra(high, { thinking: 'none' })).toBeUndefined();
    expect(losses(high, { thinking: 'none' })).toHaveLength(1);
  });
});
