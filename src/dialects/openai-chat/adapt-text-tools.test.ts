import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { JsonObject } from '../../model/json.ts';
import { encodeAnswer } from './encode-answer.ts';
import { encodeRequest } from './encode-request.ts';
import { streamEncoder } from './stream-encoder.ts';
import { answerContext, chatRequest, chunk, decode, encodeContext, summary } from './test-kit.ts';

const grammar = { syntax: 'regex', definition: '[a-z]+' };
const text = { type: 'custom', custom: { name: 'run', description: 'Runs.', format: { type: 'grammar', grammar } } };
const look = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };
const call = { id: 'call_1', type: 'custom', custom: { name: 'run', input: 'say "hi"\n' }, extra_content: { a: 1 } };
const named = { type: 'custom', custom: { name: 'run' } };
const body: JsonObject = {
  messages: [
    { role: 'user', content: 'Go.' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: 'Done.' },
  ],
  tools: [look, text, { type: 'web_search' }],
  tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [named, { type: 'web_search' }] } },
};

describe('tools of free text at a host of the same dialect', () => {
  it('that is not known to take them are functions, and so are their calls', () => {
    const { body: sent, losses, reading } = encodeRequest(chatRequest(body), encodeContext());
    const [first, second, third] = Array.isArray(sent.tools) ? sent.tools : [];
    expect([first, third]).toEqual([look, { type: 'web_search' }]);
    expect(second).toMatchObject({
      type: 'function',
      function: {
        name: 'run',
        description: expect.stringMatching(/^Runs\..*regular expression:\n\n\[a-z\]\+$/s),
        parameters: { properties: { input: { type: 'string' } }, required: ['input'] },
      },
    });
    expect(sent.tool_choice).toEqual({
      type: 'allowed_tools',
      allowed_tools: {
        mode: 'auto',
        tools: [{ type: 'function', function: { name: 'run' } }, { type: 'web_search' }],
      },
    });
    expect(sent.messages).toMatchObject([
      { role: 'user' },
      {
        tool_calls: [
          {
            id: 'call_1',
            type: 'function',
            function: { name: 'run', arguments: '{"input":"say \\"hi\\"\\n"}' },
            extra_content: { a: 1 },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1' },
    ]);
    expect(JSON.stringify(sent)).not.toContain('custom');
    expect(losses).toMatchObject([
      { field: 'tools[1].custom', matters: false },
      { field: 'tools[1].custom.format', matters: true },
    ]);
    expect(reading.standIns).toBe(true);
  });

  it('that takes them go as they came, and the answer is forwarded', () => {
    const { body: sent, losses, reading } = encodeRequest(chatRequest(body), encodeContext({ vendorFields: true }));
    expect(sent).toMatchObject(body);
    expect(losses).toEqual([]);
    expect(reading.standIns).toBe(false);
  });

  it('are as they were in what was not edited of a conversation', () => {
    const request = { ...chatRequest(body), conversationEdited: true };
    const edited = { ...request, messages: [{ role: 'system' as const, parts: [] }, ...request.messages] };
    const { body: sent } = encodeRequest(edited, encodeContext({ vendorFields: true }));
    expect(sent.messages).toMatchObject([{ role: 'system' }, ...(Array.isArray(body.messages) ? body.messages : [])]);
    const other = request.messages.map((message) => ({ ...message, parts: [...message.parts] }));
    other[1]?.parts.push({ type: 'text', text: 'Well.' });
    const anew = encodeRequest({ ...request, messages: other }, encodeContext({ vendorFields: true })).body.messages;
    expect(anew).toMatchObject([{}, { content: 'Well.', tool_calls: [{ type: 'custom', custom: call.custom }] }, {}]);
  });

  it('where only the history speaks of them, its calls are functions too', () => {
    const { tools: _, tool_choice: __, ...history } = body;
    const { body: sent, losses } = encodeRequest(chatRequest(history), encodeContext());
    expect(JSON.stringify(sent)).not.toContain('custom');
    expect(losses).toEqual([]);
  });
});

describe('the answer of a host to which they are functions', () => {
  const context = answerContext({ request: chatRequest({ tools: [text] }), sameDialect: true });
  const fn = (json: string) => ({ tool_calls: [{ index: 0, function: { arguments: json } }] });
  const frames = [
    chunk({ role: 'assistant', tool_calls: [{ index: 0, id: 'a', function: { name: 'run', arguments: '' } }] }),
    ...['{"inp', 'ut": "ab', 'c\\', 'n\\ud83d', '\\ude00', '"}'].map((json) => chunk(fn(json))),
    chunk({}, 'tool_calls'),
  ];
  const events = decode(frames, { standIns: true });

  it('holds a call with free text, streamed', () => {
    const encoder = streamEncoder(context);
    const sent = [...events.flatMap((event) => encoder.push(event)), ...encoder.close(summary)];
    const calls = sent.flatMap(({ data }) => {
      const [choice] = data === '[DONE]' ? [] : (JSON.parse(data) as { choices: { delta: JsonObject }[] }).choices;
      return Array.isArray(choice?.delta.tool_calls) ? choice.delta.tool_calls : [];
    });
    expect(calls).toEqual([
      { index: 0, id: 'a', type: 'custom', custom: { name: 'run', input: '' } },
      { index: 0, custom: { input: 'ab' } },
      { index: 0, custom: { input: 'c' } },
      { index: 0, custom: { input: '\n' } },
      { index: 0, custom: { input: '\u{1f600}' } },
    ]);
  });

  it('holds a call with free text, whole', () => {
    expect(encodeAnswer(events, context, summary)).toMatchObject({
      choices: [
        {
          message: { tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'run', input: 'abc\n\u{1f600}' } }] },
          finish_reason: 'tool_calls',
        },
      ],
    });
    expect(collectAnswer(events).parts).toMatchObject([{ arguments: '{"input": "abc\\n\\ud83d\\ude00"}' }]);
  });
});
