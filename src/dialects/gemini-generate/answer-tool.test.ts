import { expect, test } from 'vitest';
import type { JsonValue } from '../../model/json.ts';
import { meanings } from '../common/test-kit.ts';
import { decode, response } from './test-kit.ts';

const call = (name: string, args: JsonValue) => ({ functionCall: { name, args } });

test('the arguments of the tool that stands in for a schema are the text of the answer', () => {
  const events = decode([response([call('answer', { city: 'Oslo' })], 'STOP')], { answerTool: 'answer' });
  expect(meanings(events)).toMatchObject([
    { type: 'start' },
    { type: 'text', text: '{"city":"Oslo"}' },
    { type: 'finish', reason: 'stop' },
  ]);
});

test('streamed arguments become text once they are complete', () => {
  const piece = (more: object) => response([{ functionCall: { willContinue: true, ...more } }]);
  const events = decode(
    [
      piece({ name: 'answer' }),
      piece({ partialArgs: [{ jsonPath: '$.city', stringValue: 'Os', willContinue: true }] }),
      piece({ partialArgs: [{ jsonPath: '$.city', stringValue: 'lo' }] }),
      response([{ functionCall: {} }]),
      response([{ text: '' }], 'STOP'),
    ],
    { answerTool: 'answer' },
  );
  expect(meanings(events).filter(({ type }) => type === 'text')).toEqual([{ type: 'text', text: '{"city":"Oslo"}' }]);
  expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
});

test('a second answer is none', () => {
  const events = decode([response([call('answer', {}), call('answer', {})], 'STOP')], { answerTool: 'answer' });
  expect(events.at(-1)).toMatchObject({ type: 'fault', fault: { kind: 'bad-response' } });
});

test('without such a tool a call of that name is a call', () => {
  const events = decode([response([call('answer', {})], 'STOP')]);
  expect(meanings(events)).toMatchObject([
    { type: 'start' },
    { type: 'tool-call-start', name: 'answer' },
    { type: 'tool-call-delta', json: '{}' },
    { type: 'tool-call-end' },
    { type: 'finish', reason: 'tool-calls' },
  ]);
});
