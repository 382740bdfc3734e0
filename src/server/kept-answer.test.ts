import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../model/json.ts';
import type { SseFrame } from '../model/wire-frame.ts';
import { KeptAnswer } from './kept-answer.ts';

const OWNED = { id: 'resp_ours', store: true, previous_response_id: 'resp_before' };

function frame(type: string, fields: JsonObject, named = true): SseFrame {
  return { kind: 'sse', ...(named && { event: type }), data: JSON.stringify({ type, ...fields }) };
}

function keeper(done: boolean) {
  const kept: { response: JsonObject; output: readonly JsonObject[] }[] = [];
  const answer = new KeptAnswer(OWNED, async (response, output) => {
    kept.push({ response, output });
    return done;
  });
  return { answer, kept };
}

const theirs = { id: 'resp_theirs', store: false, previous_response_id: null, model: 'm' };
const message = { type: 'message', id: 'msg_1' };

describe('an answer that is kept', () => {
  test.each([true, false])(
    'says so wherever the response object is told, and touches nothing else (named: %s)',
    (named) => {
      const { answer } = keeper(true);
      const delta = { ...frame('response.output_text.delta', { delta: '"response":{"id":1}' }, named) };
      const frames = [
        frame('response.created', { response: theirs }, named),
        frame('response.in_progress', { response: theirs }, named),
        delta,
        { kind: 'sse' as const, data: '[DONE]' },
      ];
      const out = answer.frames(frames);
      for (const each of out.slice(0, 2)) expect(JSON.parse(each.data).response).toEqual({ ...theirs, ...OWNED });
      expect(out[2]).toBe(delta);
      expect(out[3]?.data).toBe('[DONE]');
    },
  );

  test('is kept without its output, which stands apart, before its end is let out', async () => {
    const { answer, kept } = keeper(true);
    const end = frame('response.completed', { response: { ...theirs, output: [message] } });
    const [out] = await answer.close([end]);
    expect(kept).toEqual([{ response: { ...theirs, ...OWNED }, output: [message] }]);
    expect(JSON.parse(out?.data ?? '').response).toMatchObject({ ...OWNED, output: [message] });
  });

  test('of a provider that does not repeat its items at the end is put together from them', async () => {
    const { answer, kept } = keeper(true);
    const second = { type: 'function_call', id: 'fc_2' };
    answer.frames([
      frame('response.output_item.done', { output_index: 1, item: second }),
      frame('response.output_item.done', { output_index: 0, item: message }),
    ]);
    await answer.close([frame('response.completed', { response: { ...theirs, output: [] } })]);
    expect(kept[0]?.output).toEqual([message, second]);
  });

  test('and cannot be says that it is not, streamed and whole', async () => {
    const streamed = keeper(false).answer;
    const [out] = await streamed.close([frame('response.incomplete', { response: theirs })]);
    const notKept = { id: 'resp_ours', store: false, conversation: null };
    expect(JSON.parse(out?.data ?? '').response).toMatchObject(notKept);
    expect(await keeper(false).answer.whole({ ...theirs, output: [] })).toMatchObject(notKept);
  });
});

test('an answer of which nothing is to be kept tells what it goes on from, and is asked to nobody', async () => {
  const answer = new KeptAnswer({ previous_response_id: 'resp_before' }, undefined);
  expect(await answer.whole({ ...theirs, output: [message] })).toEqual({
    ...theirs,
    previous_response_id: 'resp_before',
    output: [message],
  });
});
