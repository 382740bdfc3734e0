import { describe, expect, it } from 'vitest';
import { answerText, collectAnswer } from '../../model/answer.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { decode, finish, message, open, piece, shut, stop } from './test-kit.ts';

describe('a stream whose answer comes as the arguments of a tool', () => {
  const context = { answerTool: 'answer' };
  const answer = (index: number): SseFrame[] => [
    open({ type: 'tool_use', id: 'a', name: 'answer', input: {} }, index),
    piece({ type: 'input_json_delta', partial_json: '{"ok":' }, index),
    piece({ type: 'input_json_delta', partial_json: 'true}' }, index),
    shut(index),
  ];
  const chatter = [open({ type: 'text', text: '' }), piece({ type: 'text_delta', text: 'Here it is:' }), shut()];

  it('is text that stops by itself, and chatter before it is left out', () => {
    const collected = collectAnswer(decode([message(), ...chatter, ...answer(1), finish('tool_use'), stop], context));
    expect(collected).toMatchObject({ parts: [{ type: 'text', text: '{"ok":true}' }], finish: 'stop' });
  });

  it('keeps its text where the tool is never called', () => {
    expect(answerText(collectAnswer(decode([message(), ...chatter, finish(), stop], context)))).toBe('Here it is:');
  });

  it('that calls another tool stays a tool call, with the text before it', () => {
    const other = [open({ type: 'tool_use', id: 't', name: 'f', input: {} }, 1), shut(1)];
    const collected = collectAnswer(decode([message(), ...chatter, ...other, finish('tool_use'), stop], context));
    expect(collected).toMatchObject({ parts: [{ type: 'text' }, { type: 'tool-call' }], finish: 'tool-calls' });
  });

  it('twice gives the first answer only', () => {
    expect(
      answerText(collectAnswer(decode([message(), ...answer(0), ...answer(1), finish('tool_use'), stop], context))),
    ).toBe('{"ok":true}');
  });
});
