import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../model/json.ts';
import { encodeAnswer } from './encode-answer.ts';
import { encodeRequest } from './encode-request.ts';
import { streamEncoder } from './stream-encoder.ts';
import {
  answerContext,
  created,
  decode,
  encodeContext,
  ended,
  eventsIn,
  foreignRequest,
  frames,
  ownRequest,
  summary,
} from './test-kit.ts';

const text = { type: 'custom', name: 'run', format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' } };
const call = { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_1', name: 'run', input: 'say "hi"\n' };
const output = { type: 'custom_tool_call_output', id: 'ctco_1', call_id: 'call_1', output: 'Done.' };
const body: JsonObject = {
  store: false,
  input: [
    { role: 'user', content: 'Go.' },
    { type: 'additional_tools', tools: [{ ...text, name: 'more' }] },
    call,
    output,
  ],
  tools: [text, { type: 'web_search' }],
  tool_choice: {
    type: 'allowed_tools',
    mode: 'auto',
    tools: [{ type: 'custom', name: 'run' }, { type: 'web_search' }],
  },
};

describe('tools of free text at a host of the same dialect', () => {
  it('that is not known to take them are functions, and so are their calls', () => {
    const { body: sent, losses, reading } = encodeRequest(ownRequest(body), encodeContext());
    const standIn = { type: 'function', strict: false, description: expect.stringContaining('start: "a"') };
    expect(sent.tools).toMatchObject([{ ...standIn, name: 'run' }, { type: 'web_search' }]);
    expect(sent.tool_choice).toEqual({
      type: 'allowed_tools',
      mode: 'auto',
      tools: [{ type: 'function', name: 'run' }, { type: 'web_search' }],
    });
    const [, additional, sentCall, sentOutput] = Array.isArray(sent.input) ? sent.input : [];
    expect(additional).toMatchObject({ tools: [{ ...standIn, name: 'more' }] });
    expect([sentCall, sentOutput]).toEqual([
      { type: 'function_call', call_id: 'call_1', name: 'run', arguments: '{"input":"say \\"hi\\"\\n"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'Done.' },
    ]);
    expect(JSON.stringify(sent)).not.toContain('custom');
    expect(losses.map(({ field, matters }) => [field, matters]).slice(0, 2)).toEqual([
      ['tools[0]', false],
      ['tools[0].format', true],
    ]);
    expect(reading.standIns).toBe(true);
  });

  it('that takes them go as they came', () => {
    const { body: sent, losses, reading } = encodeRequest(ownRequest(body), encodeContext({ vendorFields: true }));
    expect(sent).toMatchObject(body);
    expect(losses).toEqual([]);
    expect(reading.standIns).toBe(false);
  });

  it('forced by name is forced as a function', () => {
    const request = ownRequest({ ...body, tool_choice: { type: 'custom', name: 'run' } });
    expect(encodeRequest(request, encodeContext()).body.tool_choice).toEqual({ type: 'function', name: 'run' });
  });

  it('are as they were where a conversation was edited', () => {
    const request = { ...ownRequest(body), conversationEdited: true };
    const messages = request.messages.map((message) => ({ ...message, parts: [...message.parts] }));
    // What was read from items of the caller's is written anew once it is not what it was.
    for (const { parts } of messages) parts.push({ type: 'text', text: 'And.' });
    const { input } = encodeRequest({ ...request, messages }, encodeContext({ vendorFields: true })).body;
    expect(input).toContainEqual({ type: 'custom_tool_call', call_id: 'call_1', name: 'run', input: call.input });
    expect(input).toContainEqual({ type: 'custom_tool_call_output', call_id: 'call_1', output: 'Done.' });
  });
});

it('tools of free text of Chat Completions stay such where they are taken', () => {
  const tool = { name: 'run', parameters: {}, freeText: { grammar: { syntax: 'lark' as const, definition: 'x' } } };
  const request = foreignRequest({
    dialect: 'openai-chat',
    tools: [tool],
    toolChoice: { kind: 'allowed', names: ['run'], required: true },
    messages: [
      { role: 'assistant', parts: [{ type: 'tool-call', id: 'c', name: 'run', arguments: '{"input":"x"}' }] },
      { role: 'tool', parts: [{ type: 'tool-result', callId: 'c', content: [], isError: false }] },
    ],
  });
  const { body: sent } = encodeRequest(request, encodeContext({ vendorFields: true }));
  expect(sent).toMatchObject({
    tools: [{ type: 'custom', name: 'run', format: { type: 'grammar', syntax: 'lark', definition: 'x' } }],
    tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'custom', name: 'run' }] },
    input: [
      { type: 'custom_tool_call', call_id: 'c', name: 'run', input: 'x' },
      { type: 'custom_tool_call_output', call_id: 'c' },
    ],
  });
});

describe('the answer of a host to which they are functions', () => {
  const context = answerContext({ request: ownRequest({ tools: [text] }), sameDialect: true });
  const item = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'run', arguments: '' };
  const search = { type: 'web_search_call', id: 'ws_1', status: 'completed' };
  const json = '{"input": "abc\\n"}';
  const piece = (delta: string) => ({ type: 'response.function_call_arguments.delta', output_index: 1, delta });
  const events = decode(
    frames(
      created,
      { type: 'response.output_item.done', output_index: 0, item: search },
      { type: 'response.output_item.added', output_index: 1, item },
      ...['{"input"', ': "ab', 'c\\n"}'].map(piece),
      { type: 'response.output_item.done', output_index: 1, item: { ...item, arguments: json } },
      ended(),
    ),
    { standIns: true },
  );
  const wanted = { type: 'custom_tool_call', call_id: 'call_1', name: 'run', input: 'abc\n', status: 'completed' };

  it('holds a call with free text, streamed, beside what only this dialect has', () => {
    const encoder = streamEncoder(context);
    const sent = eventsIn([...events.flatMap((event) => encoder.push(event)), ...encoder.close(summary)]);
    const inputs = sent.filter(({ type }) => type.includes('custom_tool_call_input'));
    expect(inputs.map(({ type, delta, input }) => [type.slice(-5), delta ?? input])).toEqual([
      ['delta', 'ab'],
      ['delta', 'c\n'],
      ['.done', 'abc\n'],
    ]);
    expect(sent.at(-1)).toMatchObject({ response: { output: [search, wanted] } });
  });

  it('holds a call with free text, whole', () => {
    const { output: items } = encodeAnswer(events, context, summary);
    expect(items).toMatchObject([search, { ...wanted, id: expect.stringMatching(/^ctc_understudy_/) }]);
  });
});
