import { describe, expect, it } from 'vitest';
import type { Message, Part } from '../../model/conversation.ts';
import { LossList } from './losses.ts';
import { completeToolRounds } from './tool-rounds.ts';

const say = (role: Message['role'], ...parts: Part[]): Message => ({ role, parts });
const text = (words: string): Part => ({ type: 'text', text: words });
const call = (id: string): Part => ({ type: 'tool-call', id, name: 'f', arguments: '{}' });
const result = (callId: string, words = callId): Part => ({
  type: 'tool-result',
  callId,
  content: [{ type: 'text', text: words }],
  isError: false,
});

function completed(...messages: Message[]) {
  const losses = new LossList();
  return { messages: completeToolRounds(messages, losses), lost: losses.list() };
}

describe('calls and their results', () => {
  it('that are in order come back as they are', () => {
    const messages = [
      say('user', text('Go')),
      say('assistant', call('a'), call('b')),
      say('tool', result('b')),
      say('tool', result('a')),
      say('user', text('And now?')),
      say('assistant', text('Well'), call('a')),
      say('user', result('a'), text('There')),
    ];
    const losses = new LossList();
    expect(completeToolRounds(messages, losses)).toBe(messages);
    expect(losses.list()).toEqual([]);
  });

  it('move together where something was said between them', () => {
    const { messages, lost } = completed(
      say('assistant', call('a'), call('b')),
      say('user', text('Wait')),
      say('tool', result('b')),
      say('assistant', text('Well')),
      say('tool', result('a')),
    );
    expect(messages).toEqual([
      say('assistant', call('a'), call('b')),
      say('tool', result('a'), result('b')),
      say('user', text('Wait')),
      say('assistant', text('Well')),
    ]);
    expect(lost).toEqual([]);
  });

  it('made by neighbouring turns of the assistant are calls side by side', () => {
    const { messages } = completed(
      say('assistant', call('a')),
      say('assistant', call('b')),
      say('tool', result('a'), result('b')),
    );
    expect(messages).toEqual([say('assistant', call('a'), call('b')), say('tool', result('a'), result('b'))]);
  });

  it('without a result get one that says so; a result without a call is text; both are told', () => {
    const { messages, lost } = completed(
      say('user', text('Go')),
      say('assistant', call('a')),
      say('tool', result('nobody', 'orphan')),
    );
    expect(messages).toEqual([
      say('user', text('Go')),
      say('assistant', call('a')),
      say('tool', {
        type: 'tool-result',
        callId: 'a',
        content: [{ type: 'text', text: 'No result was given for this call.' }],
        isError: true,
      }),
      say('user', text('orphan')),
    ]);
    expect(lost.map(({ field, matters }) => [field, matters])).toEqual([
      ['messages[1].content[0]', true],
      ['messages[2].content[0]', true],
    ]);
  });

  it('with one id in two turns pair off in order', () => {
    const { messages } = completed(
      say('assistant', call('a')),
      say('user', text('Wait')),
      say('tool', result('a', 'first')),
      say('assistant', call('a')),
      say('tool', result('a', 'second')),
    );
    expect(messages).toEqual([
      say('assistant', call('a')),
      say('tool', result('a', 'first')),
      say('user', text('Wait')),
      say('assistant', call('a')),
      say('tool', result('a', 'second')),
    ]);
  });
});
