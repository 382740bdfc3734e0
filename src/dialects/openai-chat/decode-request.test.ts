import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../model/json.ts';
import { isRequestError } from '../../model/request-error.ts';
import { decodeRequest } from './decode-request.ts';
import { chatRequest } from './test-kit.ts';

const user = { role: 'user', content: 'Hello' };
const message = (value: JsonObject) => chatRequest({ messages: [user, value] }).messages[1];

function refusal(body: JsonObject): { field: string; message: string } {
  try {
    decodeRequest(body, {});
  } catch (error) {
    if (isRequestError(error)) return { field: error.field, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a request', () => {
  it('of the smallest kind', () => {
    const body = { model: 'support', messages: [user] };
    expect(decodeRequest(body, { deadlineMs: 5 })).toEqual({
      dialect: 'openai-chat',
      model: 'support',
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
      tools: [],
      output: { kind: 'text' },
      sampling: {},
      stop: [],
      stream: false,
      streamUsage: false,
      choices: 1,
      options: { deadlineMs: 5 },
      original: body,
      unmapped: [],
      requires: [],
      conversationEdited: false,
    });
  });

  it('with everything that has a neutral meaning', () => {
    const tool = {
      type: 'function',
      function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
    };
    const request = chatRequest({
      tools: [tool],
      tool_choice: 'required',
      parallel_tool_calls: false,
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } },
      reasoning_effort: 'low',
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      frequency_penalty: -1,
      presence_penalty: 1,
      seed: 7,
      max_completion_tokens: 100,
      stop: ['a', 'b'],
      stream: true,
      stream_options: { include_usage: true },
      n: 2,
      user: 'u1',
      logprobs: true,
      top_logprobs: 3,
      service_tier: 'default',
      verbosity: 'low',
      metadata: { team: 'x' },
      prompt_cache_key: 'k',
    });
    expect(request).toMatchObject({
      tools: [{ name: 'f', description: 'd', parameters: { type: 'object' }, strict: true }],
      toolChoice: { kind: 'required' },
      parallelToolCalls: false,
      output: { kind: 'json-schema', name: 'n', schema: { type: 'object' }, strict: true },
      reasoning: { effort: 'low' },
      sampling: { temperature: 0.5, topP: 0.9, topK: 40, frequencyPenalty: -1, presencePenalty: 1, seed: 7 },
      maxOutputTokens: 100,
      stop: ['a', 'b'],
      stream: true,
      streamUsage: true,
      choices: 2,
      endUser: 'u1',
      unmapped: [],
    });
  });

  it('takes null for absent', () => {
    const request = chatRequest({
      n: null,
      stop: null,
      tools: null,
      temperature: null,
      stream: null,
      tool_choice: null,
      response_format: null,
    });
    expect(request).toMatchObject({ choices: 1, stop: [], tools: [], stream: false, output: { kind: 'text' } });
    expect(request.toolChoice).toBeUndefined();
  });

  it('keeps the caller’s body without our own options, and never touches it', () => {
    const body = { model: 'm', messages: [user], understudy: { quality: 'strict' }, logit_bias: { 5: 1 } };
    const before = JSON.stringify(body);
    expect(decodeRequest(body, {}).original).toEqual({ model: 'm', messages: [user], logit_bias: { 5: 1 } });
    expect(JSON.stringify(body)).toBe(before);
  });

  it('names what it cannot say in neutral terms; what asks for nothing is not named', () => {
    const request = chatRequest({
      logprobs: true,
      web_search_options: { search_context_size: 'low' },
      store: false,
      logit_bias: null,
      metadata: {},
      stream_options: { include_usage: true, include_obfuscation: true },
      messages: [
        { role: 'user', name: 'Ada', content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }] },
      ],
      tools: [{ type: 'custom', custom: { name: 'sql', format: { type: 'ebnf' } } }],
      tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } },
      reasoning_effort: 'ultra',
      response_format: { type: 'grammar' },
    });
    expect(request.unmapped.map(({ field }) => field).sort()).toEqual([
      'messages[0].content[0].cache_control',
      'messages[0].name',
      'reasoning_effort',
      'response_format',
      'stream_options.include_obfuscation',
      'tool_choice',
      'tools[0].custom.format',
    ]);
    expect(request.requires).toEqual([
      { kind: 'ability', ability: 'web-search', only: 'openai-chat', field: 'web_search_options' },
    ]);
  });

  it.each([
    [{ tool_choice: 'auto' }, { kind: 'auto' }],
    [{ tool_choice: 'none' }, { kind: 'none' }],
    [{ tool_choice: 'any' }, { kind: 'required' }],
    [{ tool_choice: { type: 'function', function: { name: 'f' } } }, { kind: 'named', name: 'f' }],
    [{ tool_choice: { function: { name: 'f' } } }, { kind: 'named', name: 'f' }],
    [{ function_call: 'none' }, { kind: 'none' }],
    [{ function_call: { name: 'f' } }, { kind: 'named', name: 'f' }],
  ])('chooses a tool by %j', (body, choice) => {
    expect(chatRequest(body).toolChoice).toEqual(choice);
  });

  it('one stop word, the older name of the output limit, and the older form of tools', () => {
    const request = chatRequest({ stop: 'END', max_tokens: 5, functions: [{ name: 'f' }] });
    expect(request).toMatchObject({
      stop: ['END'],
      maxOutputTokens: 5,
      tools: [{ name: 'f', parameters: { type: 'object', properties: {} } }],
    });
    expect(chatRequest({ max_tokens: 5, max_completion_tokens: 6 }).maxOutputTokens).toBe(6);
    expect(chatRequest({ response_format: { type: 'json_object' } }).output).toEqual({ kind: 'json' });
  });
});

describe('messages', () => {
  it('instructions under either name', () => {
    for (const role of ['system', 'developer']) {
      expect(message({ role, content: 'Be brief.' })).toEqual({
        role: 'system',
        parts: [{ type: 'text', text: 'Be brief.' }],
      });
    }
  });

  it('parts of a user’s message', () => {
    const content: JsonObject[] = [
      { type: 'text', text: 'Look:' },
      { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'image_url', image_url: 'https://x.test/b.png' },
      { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBE', filename: 'a.pdf' } },
      { type: 'file', file: { file_data: 'JVBE' } },
      { type: 'file', file: { file_id: 'file-1' } },
      { type: 'video_url', video_url: { url: 'https://x.test/v' } },
    ];
    expect(message({ role: 'user', content })?.parts).toEqual([
      { type: 'text', text: 'Look:' },
      { type: 'image', source: { kind: 'url', url: 'https://x.test/a.png' }, detail: 'low' },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
      { type: 'image', source: { kind: 'url', url: 'https://x.test/b.png' } },
      { type: 'audio', source: { kind: 'base64', mediaType: 'audio/wav', data: 'UklG' } },
      { type: 'file', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' }, name: 'a.pdf' },
      { type: 'file', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' } },
      { type: 'file', source: { kind: 'provider-file', id: 'file-1', dialect: 'openai-chat' } },
      { type: 'foreign', dialect: 'openai-chat', kind: 'video_url', value: content[8] },
    ]);
  });

  it('an assistant’s thinking, text, refusal and calls', () => {
    const decoded = message({
      role: 'assistant',
      content: [
        { type: 'text', text: 'a' },
        { type: 'refusal', refusal: 'no' },
      ],
      reasoning_details: [{ type: 'reasoning.text', text: 'hm', signature: 'sig' }],
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }],
    });
    expect(decoded?.parts).toEqual([
      {
        type: 'reasoning',
        text: 'hm',
        opaque: { dialect: 'openai-chat', value: [{ type: 'reasoning.text', text: 'hm', signature: 'sig' }] },
      },
      { type: 'text', text: 'a' },
      { type: 'refusal', text: 'no' },
      { type: 'tool-call', id: 'c1', name: 'f', arguments: '{"x":1}' },
    ]);
  });

  it('an assistant’s turn without text has no text part', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '' } };
    for (const content of [null, '']) {
      expect(message({ role: 'assistant', content, tool_calls: [call] })?.parts).toMatchObject([{ type: 'tool-call' }]);
    }
  });

  it('results of tools, of text and of parts', () => {
    expect(message({ role: 'tool', tool_call_id: 'c1', content: 'ok' })).toEqual({
      role: 'tool',
      parts: [{ type: 'tool-result', callId: 'c1', content: [{ type: 'text', text: 'ok' }], isError: false }],
    });
    const content: JsonObject[] = [
      { type: 'text', text: 'ok' },
      { type: 'image_url', image_url: { url: 'https://x.test/a' } },
    ];
    expect(message({ role: 'tool', tool_call_id: 'c1', content })?.parts).toMatchObject([
      { content: [{ type: 'text' }, { type: 'image' }] },
    ]);
  });

  it('results that do not name their call answer the calls in order', () => {
    const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
    const { messages } = chatRequest({
      messages: [
        user,
        { role: 'assistant', tool_calls: [call('a'), call('b')] },
        { role: 'tool', content: '1' },
        { role: 'tool', content: '2' },
      ],
    });
    expect(messages.slice(2).flatMap((each) => each.parts)).toMatchObject([{ callId: 'a' }, { callId: 'b' }]);
  });

  it('the old form: function_call and a message of role function', () => {
    const { messages } = chatRequest({
      messages: [
        user,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: 'ok' },
      ],
    });
    const [call] = messages[1]?.parts ?? [];
    const [result] = messages[2]?.parts ?? [];
    expect(call).toMatchObject({ type: 'tool-call', name: 'f' });
    expect(result).toMatchObject({ type: 'tool-result', callId: call?.type === 'tool-call' ? call.id : 'none' });
  });
});

describe('a request that makes no sense is refused with the field named', () => {
  const body = (fields: JsonObject) => ({ model: 'm', messages: [user], ...fields });
  const withMessage = (value: JsonObject[string]) => body({ messages: [user, value] });

  it.each<[string, JsonObject]>([
    ['model', { messages: [user] }],
    ['model', body({ model: 3 })],
    ['model', body({ model: ' ' })],
    ['messages', { model: 'm' }],
    ['messages', body({ messages: 'hi' })],
    ['messages', body({ messages: [] })],
    ['messages[1]', withMessage('hi')],
    ['messages[1].role', withMessage({ content: 'x' })],
    ['messages[1].role', withMessage({ role: 'robot', content: 'x' })],
    ['messages[1].content', withMessage({ role: 'user' })],
    ['messages[1].content', withMessage({ role: 'user', content: 3 })],
    ['messages[1].content[0].type', withMessage({ role: 'user', content: [{ text: 'x' }] })],
    ['messages[1].content[0].text', withMessage({ role: 'user', content: [{ type: 'text' }] })],
    ['messages[1].content[0].image_url', withMessage({ role: 'user', content: [{ type: 'image_url' }] })],
    [
      'messages[1].content[0].image_url.url',
      withMessage({ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:text/plain,x' } }] }),
    ],
    [
      'messages[1].content[0].image_url.url',
      withMessage({ role: 'user', content: [{ type: 'image_url', image_url: { url: '' } }] }),
    ],
    [
      'messages[1].content[0].input_audio.format',
      withMessage({ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'x' } }] }),
    ],
    ['messages[1].content[0].file', withMessage({ role: 'user', content: [{ type: 'file', file: {} }] })],
    [
      'messages[1].tool_calls[0].id',
      withMessage({ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '' } }] }),
    ],
    ['messages[1].tool_calls[0].function', withMessage({ role: 'assistant', tool_calls: [{ id: 'a' }] })],
    [
      'messages[1].tool_calls[0].function.arguments',
      withMessage({ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: {} } }] }),
    ],
    ['messages[1].tool_call_id', withMessage({ role: 'tool', content: 'x' })],
    [
      'messages[1].content[0]',
      withMessage({ role: 'tool', tool_call_id: 'a', content: [{ type: 'refusal', refusal: 'x' }] }),
    ],
    ['tools[0].function', body({ tools: [{ type: 'function' }] })],
    ['tools[0].function.name', body({ tools: [{ type: 'function', function: { name: '' } }] })],
    ['tools[0].function.parameters', body({ tools: [{ type: 'function', function: { name: 'f', parameters: [] } }] })],
    ['functions[0].name', body({ functions: [{}] })],
    ['tool_choice', body({ tool_choice: 'maybe' })],
    ['tool_choice.function', body({ tool_choice: { type: 'function' } })],
    ['function_call', body({ function_call: 'maybe' })],
    ['response_format.type', body({ response_format: {} })],
    ['response_format.json_schema', body({ response_format: { type: 'json_schema' } })],
    [
      'response_format.json_schema.schema',
      body({ response_format: { type: 'json_schema', json_schema: { name: 'n' } } }),
    ],
    ['temperature', body({ temperature: 'hot' })],
    ['top_p', body({ top_p: 2 })],
    ['seed', body({ seed: 0.5 })],
    ['max_tokens', body({ max_tokens: 0 })],
    ['n', body({ n: 0 })],
    ['n', body({ n: 129 })],
    ['stop', body({ stop: 3 })],
    ['stop[1]', body({ stop: ['a', 3] })],
    ['stream', body({ stream: 'yes' })],
    ['stream_options.include_usage', body({ stream_options: { include_usage: 1 } })],
    ['user', body({ user: 3 })],
  ])('%s', (field, value) => {
    const told = refusal(value);
    expect(told.field).toBe(field);
    expect(told.message).toContain(field);
  });
});
