import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { JsonObject } from '../../model/json.ts';
import { chunk, decode, frame, meanings } from './test-kit.ts';

const start = { type: 'start', id: 'c1', model: 'm1' };
const stop = { type: 'finish', reason: 'stop', native: 'stop' };

describe('thinking, refusals and parts', () => {
  const thought = (text: string) => ({ type: 'reasoning', text });

  it.each([
    [{ reasoning_content: 'hm' }],
    [{ reasoning: 'hm' }],
    [{ reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }],
    [{ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }],
  ])('thinking by the name %j', (delta) => {
    expect(meanings(decode([chunk(delta as JsonObject, 'stop')]))[1]).toEqual(thought('hm'));
  });

  it('the same thinking under two names is told once', () => {
    const delta = { reasoning: 'hm', reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] };
    expect(meanings(decode([chunk(delta, 'stop')]))).toEqual([start, thought('hm'), stop]);
  });

  it('a signature or an encrypted form is kept as sealed state', () => {
    const detail = { type: 'reasoning.encrypted', data: 'sealed' };
    expect(meanings(decode([chunk({ reasoning: null, reasoning_details: [detail] }, 'stop')]))[1]).toEqual({
      type: 'reasoning',
      text: '',
      opaque: { dialect: 'openai-chat', value: [detail] },
    });
  });

  it('null and empty thinking are none', () => {
    expect(
      meanings(
        decode([chunk({ content: 'x', reasoning: null, reasoning_content: '', reasoning_details: [] }, 'stop')]),
      ),
    ).toEqual([start, { type: 'text', text: 'x' }, stop]);
  });

  it('a refusal is no text', () => {
    expect(meanings(decode([chunk({ refusal: 'No.', content: null }), chunk({}, 'stop')]))).toEqual([
      start,
      { type: 'refusal', text: 'No.' },
      stop,
    ]);
  });

  it('content as a list of parts', () => {
    const reference: JsonObject = { type: 'reference', reference_ids: [1] };
    const content: JsonObject[] = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
      { type: 'text', text: 'x' },
      reference,
    ];
    expect(meanings(decode([chunk({ content }, 'stop')])).slice(1, 4)).toEqual([
      thought('hm'),
      { type: 'text', text: 'x' },
      { type: 'foreign', part: { type: 'foreign', dialect: 'openai-chat', kind: 'reference', value: reference } },
    ]);
  });

  it('sound and citations belong to this dialect alone; empty ones are nothing', () => {
    const audio = { id: 'a', data: 'UklG' };
    const empty = { audio: { data: '', expires_at: 0, id: '' }, annotations: [], images: null };
    expect(
      meanings(decode([chunk({ audio }), chunk({ content: 'x', ...empty }, 'stop')])).map((event) => event.type),
    ).toEqual(['start', 'foreign', 'text', 'finish']);
  });

  it('Perplexity’s last chunk repeats the message beside the delta: it is not said twice', () => {
    const last = frame({
      id: 'c1',
      object: 'chat.completion.done',
      choices: [{ index: 0, message: { content: 'Hello' }, delta: { content: '' }, finish_reason: 'stop' }],
    });
    expect(collectAnswer(decode([chunk({ content: 'Hello' }), last])).parts).toEqual([{ type: 'text', text: 'Hello' }]);
  });

  it('a message without a delta is the answer of a server that does not stream', () => {
    const whole = frame({ id: 'c1', choices: [{ index: 0, message: { content: 'Hello' }, finish_reason: 'stop' }] });
    expect(collectAnswer(decode([whole])).parts).toEqual([{ type: 'text', text: 'Hello' }]);
  });
});
