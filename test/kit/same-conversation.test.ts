import { expect, test } from 'vitest';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import type { Message } from '../../src/model/conversation.ts';
import type { EncodedRequest } from '../../src/model/dialect.ts';
import { decodeBody } from './recorded-requests.ts';
import { differences } from './same-conversation.ts';

const call = (id: string, city: string) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: JSON.stringify({ city }) },
});

const before = decodeBody('openai-chat', {
  model: 'm',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'Both?' }, picture('AAAA')] },
    { role: 'assistant', content: null, tool_calls: [call('a', 'Oslo'), call('b', 'Rome')] },
    { role: 'tool', tool_call_id: 'a', content: 'cold' },
    { role: 'tool', tool_call_id: 'b', content: 'warm' },
  ],
  tools: [
    { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: {} } } } },
  ],
  temperature: 0.5,
  max_completion_tokens: 99,
  stop: ['END'],
  logit_bias: { 1: 2 },
});

function picture(data: string) {
  return { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } };
}

function encoded(...fields: string[]): EncodedRequest {
  const losses = ['logit_bias', ...fields].map((field) => ({ field, why: 'because', matters: false }));
  const reading = { toolNames: new Map<string, string>(), finishOptional: false, newId: () => 'x' };
  return { path: '/', headers: {}, body: {}, losses, reading };
}

/** The request as another dialect would have read it, with a message changed. */
function changed(at: number, message: Message | undefined): ChatRequest {
  const messages = before.messages.flatMap((each, place) => (place !== at ? [each] : message ? [message] : []));
  return { ...before, dialect: 'gemini-generate', messages };
}

const same: ChatRequest = { ...before, dialect: 'gemini-generate' };
const fieldsOf = (after: ChatRequest, how = encoded()) => differences(before, after, how).map(({ field }) => field);

test('the same request has no differences, whatever its texts are divided into and its calls are known by', () => {
  expect(fieldsOf(same)).toEqual([]);
  const said = before.messages[1]?.parts ?? [];
  expect(
    fieldsOf(
      changed(1, {
        role: 'user',
        parts: [{ type: 'text', text: 'Bo' }, { type: 'text', text: 'th? ' }, ...said.slice(1)],
      }),
    ),
  ).toEqual([]);
  const renamed: unknown = JSON.parse(JSON.stringify(same).replaceAll('"a"', '"call_1"').replaceAll('"b"', '"call_2"'));
  expect(fieldsOf(renamed as ChatRequest)).toEqual([]);
  const together: Message = {
    role: 'tool',
    parts: before.messages
      .slice(3)
      .flatMap(({ parts }) => parts)
      .toReversed(),
  };
  expect(fieldsOf({ ...same, messages: [...before.messages.slice(0, 3), together] })).toEqual([]);
});

test.each<[string, ChatRequest]>([
  ['a message that is gone', changed(0, undefined)],
  ['a text that is another', changed(0, { role: 'system', parts: [{ type: 'text', text: 'Be long.' }] })],
  ['a text that is said by another', changed(0, { role: 'user', parts: [{ type: 'text', text: 'Be brief.' }] })],
  ['a text said twice', { ...same, messages: [before.messages[0] ?? fail(), ...before.messages] }],
  [
    'a picture that is another',
    changed(
      1,
      decodeBody('openai-chat', {
        model: 'm',
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Both?' }, picture('BBBB')] }],
      }).messages[0],
    ),
  ],
  ['results that were exchanged', withText(withText(same, 'cold', 'hot'), 'warm', 'cold')],
  ['arguments that are others', withText(same, 'Oslo', 'Paris')],
  ['a call to another tool', withText(same, '"name":"weather","arguments"', '"name":"other","arguments"')],
  ['a result that is an error now', withText(same, '"isError":false', '"isError":true')],
])('%s is a difference of the conversation', (_, after) => {
  expect(fieldsOf(after)).toMatchObject([expect.stringMatching(/^conversation\[\d+\]$/)]);
});

test.each<[string, ChatRequest]>([
  ['temperature', { ...same, sampling: { temperature: 0.6 } }],
  ['maxOutputTokens', { ...same, maxOutputTokens: 98 }],
  ['stop', { ...same, stop: [] }],
  ['stream', { ...same, stream: true }],
  ['output', { ...same, output: { kind: 'json' } }],
  ['toolChoice', { ...same, toolChoice: { kind: 'required' } }],
  ['tools', { ...same, tools: [] }],
  ['tools[0].name', { ...same, tools: same.tools.map((tool) => ({ ...tool, name: 'other' })) }],
  ['tools[0].strict', { ...same, tools: same.tools.map((tool) => ({ ...tool, strict: true })) }],
  ['tools[0].parameters', { ...same, tools: same.tools.map((tool) => ({ ...tool, parameters: { type: 'object' } })) }],
  ['reasoning', { ...same, reasoning: { effort: 'low' } }],
])('%s that is another is a difference', (field, after) => {
  expect(fieldsOf(after)).toEqual([field]);
});

test('what a loss names is no difference, and what it does not name is one', () => {
  expect(fieldsOf(changed(0, undefined), encoded('messages[0]'))).toEqual([]);
  expect(fieldsOf(changed(0, undefined), encoded('messages[1]'))).toHaveLength(1);
  expect(fieldsOf({ ...same, sampling: {} }, encoded('temperature'))).toEqual([]);
  expect(fieldsOf({ ...same, sampling: {} }, encoded('top_p'))).toEqual(['temperature']);
  expect(fieldsOf(withText(same, 'Oslo', 'Paris'), encoded('messages[2].content[0].arguments'))).toEqual([]);
  // Named as lost, it may be there in another place, but not twice.
  const moved: Message = { role: 'user', parts: [{ type: 'text', text: 'Be brief.' }] };
  expect(fieldsOf(changed(0, moved), encoded('messages[0]'))).toEqual([]);
  const twice = { ...changed(0, moved), messages: [moved, moved, ...before.messages.slice(1)] };
  expect(fieldsOf(twice, encoded('messages[0]'))).toHaveLength(1);
});

test('a field of the dialect alone that no loss names is a difference', () => {
  expect(differences(before, same, { ...encoded(), losses: [] })).toMatchObject([{ field: 'logit_bias' }]);
});

function withText(request: ChatRequest, from: string, to: string): ChatRequest {
  const text = JSON.stringify(request).replaceAll('\\"', '\u0000');
  return JSON.parse(text.replace(from, to).replaceAll('\u0000', '\\"'));
}

function fail(): never {
  throw new Error('there is no such message');
}
