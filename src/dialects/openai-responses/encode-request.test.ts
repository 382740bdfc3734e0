import { describe, expect, it } from 'vitest';
import { UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { Message, Part } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { sealState } from '../common/sealed-state.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeContext, foreignRequest, ownRequest } from './test-kit.ts';

const text = (words: string): Part => ({ type: 'text', text: words });
const say = (role: Message['role'], ...parts: Part[]): Message => ({ role, parts });

function encode(request: ChatRequest, quirks: Partial<Quirks> = {}) {
  return encodeRequest(request, encodeContext(quirks));
}
const foreign = (change: Partial<ChatRequest>, quirks: Partial<Quirks> = {}) => encode(foreignRequest(change), quirks);
const own = (body: JsonObject, quirks: Partial<Quirks> = {}) => encode(ownRequest({ store: false, ...body }), quirks);
const lost = ({ losses }: ReturnType<typeof encode>) =>
  losses.map(({ field, matters }) => `${field}${matters ? '!' : ''}`);

describe('a request of another dialect', () => {
  it('becomes instructions and items, and is not stored', () => {
    const { path, body, losses } = foreign({
      messages: [
        say('system', text('Be brief.')),
        say('system', text('Be kind.')),
        say('user', text('Find it')),
        say('assistant', text('Looking'), { type: 'tool-call', id: 'a', name: 'find', arguments: '' }),
        say('tool', { type: 'tool-result', callId: 'a', content: [{ type: 'text', text: 'Here' }], isError: false }),
        say('system', text('Go on.')),
      ],
      stream: true,
      maxOutputTokens: 50,
      endUser: 'u',
      sampling: { temperature: 0.5, topP: 0.9 },
    });
    expect(path).toBe('/responses');
    expect(body).toEqual({
      model: 'model-x',
      instructions: 'Be brief.\n\nBe kind.',
      input: [
        { type: 'message', role: 'user', content: 'Find it' },
        { type: 'message', role: 'assistant', content: 'Looking' },
        { type: 'function_call', call_id: 'a', name: 'find', arguments: '{}' },
        { type: 'function_call_output', call_id: 'a', output: 'Here' },
        { type: 'message', role: 'system', content: 'Go on.' },
      ],
      max_output_tokens: 50,
      user: 'u',
      temperature: 0.5,
      top_p: 0.9,
      store: false,
      stream: true,
    });
    expect(losses).toEqual([]);
  });

  it('pictures and files go to their places; what cannot be told is named', () => {
    const encoded = foreign({
      messages: [
        say(
          'user',
          text('See'),
          { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' }, detail: 'low' },
          { type: 'file', source: { kind: 'url', url: 'https://x/y.pdf' } },
          { type: 'file', source: { kind: 'base64', mediaType: 'application/pdf', data: 'AAAA' } },
          // One account under two dialects: its files are known in both.
          { type: 'file', source: { kind: 'provider-file', id: 'f', dialect: 'openai-chat' } },
          { type: 'file', source: { kind: 'provider-file', id: 'g', dialect: 'anthropic-messages' } },
          { type: 'audio', source: { kind: 'url', url: 'https://x/y.mp3' } },
        ),
        say('assistant', { type: 'refusal', text: 'No' }, { type: 'reasoning', text: 'Hm' }),
      ],
    });
    expect(encoded.body.input).toEqual([
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'See' },
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
          { type: 'input_file', file_url: 'https://x/y.pdf' },
          { type: 'input_file', filename: 'document', file_data: 'data:application/pdf;base64,AAAA' },
          { type: 'input_file', file_id: 'f' },
        ],
      },
      { type: 'message', role: 'assistant', content: 'No' },
    ]);
    expect(lost(encoded)).toEqual([
      'messages[0].content[5]!',
      'messages[0].content[6]!',
      'messages[1].content[0]',
      'messages[1].content[1]',
    ]);
  });

  it('a failed result says so, and one with a picture keeps it', () => {
    const image = { type: 'image' as const, source: { kind: 'url' as const, url: 'https://x/y.png' } };
    const result = (
      callId: string,
      isError: boolean,
      content: (typeof image | { type: 'text'; text: string })[],
    ): Part => ({ type: 'tool-result', callId, content, isError });
    const call = (id: string): Part => ({ type: 'tool-call', id, name: 'f', arguments: '{}' });
    const encoded = foreign({
      messages: [
        say('assistant', call('a'), call('b')),
        say('tool', result('a', true, [{ type: 'text', text: 'Broken' }]), result('b', false, [image])),
      ],
    });
    expect(encoded.body.input).toMatchObject([
      { call_id: 'a' },
      { call_id: 'b' },
      { output: 'Error:\nBroken' },
      { output: [{ type: 'input_image', image_url: 'https://x/y.png' }] },
    ]);
    expect(lost(encoded)).toEqual(['messages[1].content[0].is_error']);
  });

  it('instructions alone are the input, because there must be one', () => {
    const encoded = foreign({ messages: [say('system', { type: 'text', text: 'Write a poem.' })] });
    expect(encoded.body).toMatchObject({ input: [{ type: 'message', content: 'Write a poem.' }] });
    expect(encoded.body).not.toHaveProperty('instructions');
  });

  it('tools are flat and not strict unless told; names and ids are made acceptable, and names found again', () => {
    const none = { type: 'object', properties: {}, additionalProperties: false };
    const encoded = foreign({
      messages: [say('assistant', { type: 'tool-call', id: 'x'.repeat(65), name: 'find it', arguments: '{}' })],
      tools: [
        { name: 'find it', parameters: {} },
        { name: 'go', description: 'Goes.', parameters: none, strict: true },
        { name: 'any', parameters: { type: 'object' }, strict: true },
      ],
      toolChoice: { kind: 'named', name: 'find it' },
      parallelToolCalls: false,
    });
    expect(encoded.body).toMatchObject({
      tools: [
        { type: 'function', name: 'find_it', parameters: { type: 'object', properties: {} }, strict: false },
        { type: 'function', name: 'go', description: 'Goes.', parameters: none, strict: true },
        { type: 'function', name: 'any', parameters: { type: 'object', properties: {} }, strict: false },
      ],
      tool_choice: { type: 'function', name: 'find_it' },
      parallel_tool_calls: false,
      input: [{ name: 'find_it', call_id: expect.stringMatching(/^.{1,64}$/) }, { type: 'function_call_output' }],
    });
    expect(encoded.reading.toolNames).toEqual(new Map([['find_it', 'find it']]));
  });

  it('names everything that has no place here', () => {
    const encoded = foreign({
      maxOutputTokens: 4,
      stop: ['x'],
      choices: 2,
      sampling: { topK: 1, seed: 2, frequencyPenalty: 1, presencePenalty: 1 },
      reasoning: { effort: 'high' },
      unmapped: [
        { field: 'metadata', matters: false },
        { field: 'mcp_servers', matters: true },
      ],
    });
    expect(encoded.body).toEqual({
      model: 'model-x',
      input: [{ type: 'message', role: 'user', content: 'Hello' }],
      max_output_tokens: 16,
      store: false,
    });
    expect(lost(encoded)).toEqual([
      'max_tokens',
      'n!',
      'top_k',
      'frequency_penalty',
      'presence_penalty',
      'seed',
      'thinking',
      'metadata',
      'mcp_servers!',
      'stop_sequences',
    ]);
    expect(encoded.endsAt).toEqual(['x']);
  });
});

describe('thinking', () => {
  it('is asked for by effort, and in the form that comes back, of models that think', () => {
    const { body } = foreign({ reasoning: { budgetTokens: 4000 } }, { thinking: 'effort', sampling: false });
    expect(body).toMatchObject({ reasoning: { effort: 'medium' }, include: ['reasoning.encrypted_content'] });
    const context = encodeContext();
    const abilities = { ...UNKNOWN_CAPABILITIES.abilities, reasoning: 'yes' as const };
    const target = { ...context.target, capabilities: { abilities } };
    const wish = ownRequest({ include: ['web_search_call.action.sources'] });
    expect(encodeRequest(wish, { ...context, target }).body.include).toEqual([
      'web_search_call.action.sources',
      'reasoning.encrypted_content',
    ]);
    expect(foreign({}).body.include).toBeUndefined();
  });

  it('of this dialect goes back whole, of another not at all', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
    const sealed = (dialect: 'openai-responses' | 'anthropic-messages'): Part => ({
      type: 'reasoning',
      text: '',
      opaque: { dialect, value: item },
    });
    const encoded = foreign({ messages: [say('assistant', sealed('openai-responses'), sealed('anthropic-messages'))] });
    expect(encoded.body.input).toEqual([item]);
    const bare: Part = { type: 'reasoning', text: '', opaque: { dialect: 'openai-responses', value: { id: 'rs_2' } } };
    // Nothing is stored, so that an id alone would not be found.
    const alone = foreign({ messages: [say('assistant', bare)] });
    // There must be an input.
    expect(alone.body.input).toEqual([{ type: 'message', role: 'user', content: 'Continue.' }]);
    expect(lost(alone)).toEqual(['messages!']);
    expect(lost(encoded)).toEqual(['messages[0].content[1]']);
  });
});

describe('structured output', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const output = { kind: 'json-schema' as const, name: 'my answer', schema, strict: true };

  it('by schema', () => {
    const closed = { ...schema, required: ['a'], additionalProperties: false };
    expect(foreign({ output: { ...output, schema: closed } }).body.text).toEqual({
      format: { type: 'json_schema', name: 'my_answer', schema: closed, strict: true },
    });
    const told = foreign({ output });
    expect(told.body.text).toEqual({ format: { type: 'json_schema', name: 'my_answer', schema, strict: false } });
    expect(lost(told)).toHaveLength(1);
  });

  it('in words where the root is no object, which OpenAI refuses', () => {
    const listed = foreign({ output: { ...output, schema: { type: 'array', items: schema } } });
    expect(listed.body.text).toBeUndefined();
    expect(listed.body.instructions).toContain('"array"');
  });

  it('by a forced tool, or in words beside tools', () => {
    const forced = foreign({ output }, { structuredOutput: 'forced-tool' });
    expect(forced.reading.answerTool).toBe('answer');
    expect(forced.body).toMatchObject({
      tools: [{ name: 'answer', parameters: schema }],
      tool_choice: { type: 'function', name: 'answer' },
    });
    const tools = [{ name: 'find', parameters: {} }];
    const worded = foreign({ output, tools }, { structuredOutput: 'forced-tool' });
    expect(worded.reading.answerTool).toBeUndefined();
    expect(worded.body.instructions).toContain('"properties"');
  });

  it("takes the caller's own format away where it is asked for in words", () => {
    const text = { format: { type: 'json_schema', name: 'it', schema }, verbosity: 'low' };
    const { body, losses } = own({ text, instructions: 'Be brief.' }, { structuredOutput: 'prompt' });
    expect(body.text).toEqual({ verbosity: 'low' });
    expect(body.instructions).toMatch(/^Be brief\.\n\nReply with one JSON value/);
    expect(losses.map(({ field }) => field)).toEqual(['text.format']);
    expect(own({ text }).body.text).toEqual(text);
  });

  it('JSON mode has the word JSON in the input, where OpenAI looks for it', () => {
    const json = { kind: 'json' as const };
    expect(foreign({ output: json }).body).toMatchObject({
      text: { format: { type: 'json_object' } },
      input: [{ role: 'developer', content: expect.stringContaining('JSON') }, { content: 'Hello' }],
    });
    const told = say('user', text('As JSON, please'));
    expect(foreign({ output: json, messages: [told] }).body.input).toHaveLength(1);
    expect(foreign({ output: json }, { structuredOutput: 'prompt' }).body).toMatchObject({
      instructions: expect.stringContaining('JSON'),
    });
  });
});

describe('a request of this dialect', () => {
  it('goes as it came, unknown fields too, but for the fields we own', () => {
    const body = {
      input: [{ role: 'user', content: 'Hi', future: 1 }],
      tools: [{ type: 'web_search', x: 1 }],
      metadata: { a: 'b' },
      novelty: { deep: [1] },
      temperature: 1.5,
    };
    const encoded = own(body);
    expect(encoded.body).toEqual({ ...body, model: 'model-x', store: false });
    expect(encoded.losses).toEqual([]);
  });

  it('is not stored whatever it says, and the loss is told', () => {
    const wishes: JsonObject[] = [{ store: true }, {}];
    for (const wish of wishes) {
      const encoded = encode(ownRequest(wish));
      expect(encoded.body.store).toBe(false);
      expect(lost(encoded)).toEqual(['store']);
    }
  });

  it('what a model is known not to take is dropped and told', () => {
    const encoded = own({ temperature: 0.5, top_p: 1 }, { sampling: false });
    expect(encoded.body).not.toHaveProperty('temperature');
    expect(encoded.body).not.toHaveProperty('top_p');
    expect(lost(encoded)).toEqual(['temperature']);
    const context = encodeContext();
    const abilities = { ...UNKNOWN_CAPABILITIES.abilities, reasoning: 'no' as const };
    const target = { ...context.target, capabilities: { abilities } };
    const plain = encodeRequest(ownRequest({ store: false, reasoning: { effort: 'low' } }), { ...context, target });
    expect(plain.body).not.toHaveProperty('reasoning');
    expect(lost(plain)).toEqual(['reasoning']);
  });

  it("items of the gateway's own making go without their ids, and its summaries of others' thinking not at all", () => {
    const state = { type: 'reasoning', id: 'rs_9', summary: [], encrypted_content: 'gAAA' };
    const made = (kind: string, more: JsonObject) => ({ id: `${kind}_understudy_req1_0`, ...more });
    const theirs = { type: 'reasoning', id: 'rs_1', summary: [] };
    const call = { type: 'function_call', call_id: 'a', name: 'find', arguments: '{}' };
    const message = { type: 'message', role: 'assistant', content: 'Hi' };
    const sealed = sealState({ dialect: 'openai-responses', value: state });
    const { body } = own({
      input: [
        made('rs', { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] }),
        made('rs', {
          type: 'reasoning',
          summary: [],
          encrypted_content: sealState({ dialect: 'gemini-generate', value: 1 }),
        }),
        made('rs', { type: 'reasoning', summary: [], encrypted_content: sealed }),
        theirs,
        made('msg', message),
        made('fc', call),
        { id: 'fc_5', ...call, call_id: 'b' },
        { type: 'function_call_output', call_id: 'x'.repeat(65), output: '' },
      ],
    });
    expect(body.input).toEqual([
      state,
      theirs,
      message,
      call,
      { id: 'fc_5', ...call, call_id: 'b' },
      { type: 'function_call_output', call_id: expect.stringMatching(/^.{1,40}$/), output: '' },
    ]);
  });

  it('an edited conversation keeps the items that were not touched as they came', () => {
    const input: JsonObject[] = [
      { role: 'user', content: 'Hi', future: 1 },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Ho', annotations: [] }],
      },
      { type: 'function_call', id: 'fc_1', call_id: 'a', name: 'find', arguments: '{}' },
      { type: 'function_call_output', call_id: 'a', output: 'x' },
    ];
    const request = ownRequest({ store: false, instructions: 'Old.', input });
    const messages = [
      say('system', text('New.')),
      ...request.messages,
      say('assistant', text('[]')),
      say('user', text('Again, as an object.')),
    ];
    const { body } = encode({ ...request, messages, conversationEdited: true });
    expect(body.instructions).toBe('New.\n\nOld.');
    expect(body.input).toEqual([
      ...input,
      { type: 'message', role: 'assistant', content: '[]' },
      { type: 'message', role: 'user', content: 'Again, as an object.' },
    ]);
    const replaced = encode({ ...request, messages: messages.slice(2, 3), conversationEdited: true });
    expect(replaced.body).not.toHaveProperty('instructions');
    expect(replaced.body.input).toEqual(input.slice(0, 1));
  });
});
