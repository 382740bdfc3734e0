import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { isRequestError } from '../../model/request-error.ts';
import { sealState } from '../common/sealed-state.ts';
import { decodeRequest } from './decode-request.ts';
import { ownRequest } from './test-kit.ts';

const call = (id: string, more: JsonObject = {}) => ({
  type: 'function_call',
  call_id: id,
  name: 'find',
  arguments: '{"q":1}',
  ...more,
});
const result = (id: string, output: JsonValue) => ({ type: 'function_call_output', call_id: id, output });
const text = (words: string) => ({ type: 'text', text: words });

function refusal(body: JsonObject): { field: string; message: string } {
  try {
    decodeRequest({ model: 'r', input: 'Hello', ...body }, {});
  } catch (error) {
    if (isRequestError(error)) return { field: error.field, message: error.message };
    throw error;
  }
  throw new Error('was not refused');
}

describe('the conversation', () => {
  it('a text is what the user says; instructions come before it', () => {
    expect(ownRequest({ instructions: 'Be brief.' }).messages).toEqual([
      { role: 'system', parts: [text('Be brief.')] },
      { role: 'user', parts: [text('Hello')] },
    ]);
  });

  it('thinking, text and calls of one turn become one message, their results the next', () => {
    const thought = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }] };
    const { messages } = ownRequest({
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'Find it' }] },
        thought,
        { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'Looking' }] },
        call('a'),
        { type: 'reasoning', id: 'rs_2', summary: [] },
        call('b'),
        result('a', 'one'),
        result('b', [{ type: 'input_text', text: 'two' }]),
        { role: 'developer', content: 'Go on' },
      ],
    });
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'system']);
    expect(messages[1]?.parts.map(({ type }) => type)).toEqual([
      'reasoning',
      'text',
      'tool-call',
      'reasoning',
      'tool-call',
    ]);
    expect(messages[1]?.parts[0]).toEqual({
      type: 'reasoning',
      text: 'Hm',
      opaque: { dialect: 'openai-responses', value: thought },
    });
    expect(messages[2]?.parts).toEqual([
      { type: 'tool-result', callId: 'a', content: [text('one')], isError: false },
      { type: 'tool-result', callId: 'b', content: [text('two')], isError: false },
    ]);
  });

  it('two answers after each other stay two, and thinking goes with the second', () => {
    const say = (content: string) => ({ role: 'assistant', content });
    const { messages } = ownRequest({ input: [say('One'), { type: 'reasoning', summary: [] }, say('Two')] });
    expect(messages.map(({ parts }) => parts.map(({ type }) => type))).toEqual([['text'], ['reasoning', 'text']]);
  });

  it('pictures and files by address, by bytes and by id', () => {
    const content: JsonObject[] = [
      { type: 'input_image', image_url: 'https://x/y.png', detail: 'low' },
      { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
      { type: 'input_file', file_id: 'file_1' },
      { type: 'input_file', file_data: 'AAAA', filename: 'a.pdf' },
      { type: 'input_file', file_url: 'https://x/y.pdf' },
    ];
    const [message] = ownRequest({ input: [{ role: 'user', content }] }).messages;
    expect(message?.parts).toEqual([
      { type: 'image', source: { kind: 'url', url: 'https://x/y.png' }, detail: 'low' },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
      { type: 'file', source: { kind: 'provider-file', id: 'file_1', dialect: 'openai-responses' } },
      { type: 'file', source: { kind: 'base64', mediaType: 'application/pdf', data: 'AAAA' }, name: 'a.pdf' },
      { type: 'file', source: { kind: 'url', url: 'https://x/y.pdf' } },
    ]);
  });

  it("another maker's seal in a reasoning item of the gateway's is that maker's again; without one nothing is", () => {
    const opaque = { dialect: 'anthropic-messages' as const, value: { signature: 's' } };
    const item = { type: 'reasoning', id: 'rs_understudy_req1_0', summary: [{ type: 'summary_text', text: 'Hm' }] };
    const read = (more: JsonObject) => ownRequest({ input: [{ ...item, ...more }] }).messages[0]?.parts[0];
    expect(read({ encrypted_content: sealState(opaque) })).toEqual({ type: 'reasoning', text: 'Hm', opaque });
    expect(read({})).toEqual({ type: 'reasoning', text: 'Hm' });
    for (const broken of ['understudy:{', 'understudy:{"dialect":"none","value":1}', 'understudy:[]']) {
      expect(read({ encrypted_content: broken })).toEqual({ type: 'reasoning', text: 'Hm' });
    }
  });

  it('items that only this dialect has are kept whole, in the turn that they belong to', () => {
    const input: JsonObject[] = [
      { type: 'web_search_call', id: 'ws_1' },
      { type: 'shell_call_output', call_id: 'c' },
      call('n', { namespace: 'space' }),
    ];
    const { messages } = ownRequest({ input });
    expect(messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant']);
    expect(messages.flatMap(({ parts }) => parts)).toEqual(
      input.map((value) => ({ type: 'foreign', dialect: 'openai-responses', kind: value.type, value })),
    );
  });
});

describe('tools', () => {
  it('are flat; those that the provider runs are left to it', () => {
    const parameters = { type: 'object', properties: {} };
    const request = ownRequest({
      tools: [
        { type: 'function', name: 'find', description: 'Finds.', parameters, strict: null },
        { type: 'web_search' },
        { type: 'function', name: 'go', strict: true },
      ],
      tool_choice: { type: 'function', name: 'go' },
      parallel_tool_calls: false,
    });
    expect(request.tools).toEqual([
      { name: 'find', description: 'Finds.', parameters },
      { name: 'go', parameters, strict: true },
    ]);
    expect(request.toolChoice).toEqual({ kind: 'named', name: 'go' });
    expect(request.parallelToolCalls).toBe(false);
    expect(request.requires).toEqual([
      { kind: 'ability', ability: 'web-search', only: 'openai-responses', field: 'tools[1]' },
    ]);
  });

  it('that the input adds are offered too', () => {
    const added = { type: 'additional_tools', role: 'developer', tools: [{ type: 'function', name: 'late' }] };
    expect(ownRequest({ input: [added, { role: 'user', content: 'Hi' }] }).tools.map(({ name }) => name)).toEqual([
      'late',
    ]);
  });

  it('a choice that has no neutral meaning is named', () => {
    const request = ownRequest({ tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [] } });
    expect(request.toolChoice).toBeUndefined();
    expect(request.unmapped).toContainEqual({ field: 'tool_choice', matters: true });
  });
});

describe('parameters', () => {
  it('with a neutral meaning', () => {
    const schema = { type: 'object' };
    const request = ownRequest({
      text: { format: { type: 'json_schema', name: 'it', schema, strict: true }, verbosity: 'medium' },
      reasoning: { effort: 'high', summary: 'auto' },
      max_output_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      user: 'u',
      stream: true,
      store: false,
      include: ['reasoning.encrypted_content'],
      truncation: 'disabled',
      previous_response_id: null,
      conversation: null,
      background: false,
    });
    expect(request).toMatchObject({
      output: { kind: 'json-schema', name: 'it', schema, strict: true },
      reasoning: { effort: 'high' },
      maxOutputTokens: 100,
      sampling: { temperature: 0.5, topP: 0.9 },
      endUser: 'u',
      stream: true,
      streamUsage: true,
      unmapped: [],
    });
    expect(ownRequest({ text: { format: { type: 'json_object' } } }).output).toEqual({ kind: 'json' });
  });

  it('without one are named, and so is the wish to have the response kept, which is the default', () => {
    const request = ownRequest({
      truncation: 'auto',
      include: ['message.input_image.image_url', 'message.output_text.logprobs', 'reasoning.encrypted_content'],
      text: { verbosity: 'endless' },
      reasoning: { effort: 'immense', context: 'all_turns' },
      metadata: { a: 'b', n: 1 },
      service_tier: 'scale',
      stream_options: { include_obfuscation: true },
    });
    expect(request.unmapped.map(({ field }) => field).sort()).toEqual([
      'include[0]',
      'metadata.n',
      'reasoning.context',
      'reasoning.effort',
      'service_tier',
      'store',
      'stream_options',
      'text.verbosity',
      'truncation',
    ]);
  });
});

describe('what cannot be understood is refused by name', () => {
  it.each<[JsonObject, string, RegExp]>([
    [{ previous_response_id: 'resp_1' }, 'previous_response_id', /not resolved.*whole conversation as input/],
    [{ conversation: { id: 'conv_1' } }, 'conversation', /not resolved.*whole conversation as input/],
    [{ prompt: { variables: {} } }, 'prompt.id', /name of a prompt/],
    [{ prompt: 7 }, 'prompt', /an object with id/],
    [{ prompt: { id: 'a', extra: 1 } }, 'prompt.extra', /is not known here/],
    [{ background: true }, 'background', /while the caller waits/],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0]', /send the item itself/],
    [{ input: [{ id: 'msg_1' }] }, 'input[0]', /send the item itself/],
    [{ input: [] }, 'input', /must not be empty/],
    [{ input: null }, 'input', /is required/],
    [{ input: 7 }, 'input', /a string or an array/],
    [{ input: ['x'] }, 'input[0]', /an object/],
    [{ input: [{ role: 'bard', content: '' }] }, 'input[0].role', /"bard"/],
    [{ input: [{ role: 'user', content: null }] }, 'input[0].content', /a string or an array/],
    [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input[0].content[0].text', /required/],
    [{ input: [{ role: 'user', content: [{ type: 'input_image' }] }] }, 'input[0].content[0]', /image_url or file_id/],
    [{ input: [{ role: 'user', content: [{ type: 'input_file' }] }] }, 'input[0].content[0]', /file_data/],
    [{ input: [{ type: 'function_call', name: 'f' }] }, 'input[0].call_id', /required/],
    [{ input: [{ type: 'function_call_output', call_id: 'c' }] }, 'input[0].output', /a string or an array/],
    [{ tools: [{ name: 'f' }] }, 'tools[0].type', /required/],
    [{ tools: [{ type: 'function', name: '' }] }, 'tools[0].name', /must not be empty/],
    [{ tool_choice: 'any' }, 'tool_choice', /"any"/],
    [{ text: { format: { type: 'json_schema' } } }, 'text.format.schema', /required/],
    [{ max_output_tokens: 0 }, 'max_output_tokens', /at least 1/],
    [{ store: 'yes' }, 'store', /true or false/],
    [{ model: ' ' }, 'model', /must not be empty/],
  ])('%j', (body, field, why) => {
    const told = refusal(body);
    expect(told.field).toBe(field);
    expect(told.message).toMatch(why);
  });

  it('and nothing in a body is taken for a built-in of the language', () => {
    const part = { type: 'constructor', text: 'x' };
    const request = ownRequest({ input: [{ role: 'user', content: [part] }] });
    expect(request.messages[0]?.parts[0]).toMatchObject({ type: 'foreign', kind: 'constructor' });
  });
});
