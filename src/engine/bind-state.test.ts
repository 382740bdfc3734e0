import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Message, OpaqueState, Part } from '../model/conversation.ts';
import { bindState, type StateReader, withoutState } from './bind-state.ts';
import { OpaqueMemory } from './opaque-memory.ts';

const A = 'anthropic-messages';
const user: Message = { role: 'user', parts: [{ type: 'text', text: 'Go' }] };
const state = (value: string, origin?: string): OpaqueState => ({
  dialect: A,
  value: { signature: value.padEnd(30, '.') },
  ...(origin !== undefined && { origin }),
});
const thought = (words: string, opaque?: OpaqueState): Part => ({
  type: 'reasoning',
  text: words,
  ...(opaque && { opaque }),
});
const text = (words: string): Part => ({ type: 'text', text: words });
const call = (id: string, opaque?: OpaqueState): Part => ({
  type: 'tool-call',
  id,
  name: 'f',
  arguments: '{}',
  ...(opaque && { opaque }),
});

function request(...parts: Part[]): ChatRequest {
  return {
    dialect: 'openai-chat',
    model: 'm',
    messages: [user, { role: 'assistant', parts }],
    tools: [],
    output: { kind: 'text' },
    sampling: {},
    stop: [],
    stream: false,
    streamUsage: false,
    choices: 1,
    options: {},
    original: {},
    unmapped: [],
    requires: [],
    conversationEdited: false,
  };
}

function reader(over: Partial<StateReader> = {}): StateReader {
  const memory = new OpaqueMemory({ turns: 10, bytes: 100_000, keepMs: 1_000 });
  return { origin: A, sameDialect: false, caller: 'me', memory, presumed: new Map(), now: 0, ...over };
}

function remembering(...parts: Part[]): StateReader {
  const made = reader();
  made.memory.remember({ caller: 'me', origin: A, before: [user], parts, withPlainThinking: true }, 0);
  return made;
}

const partsOf = (bound: { request: ChatRequest }) => bound.request.messages[1]?.parts;

describe('state on its way to a target', () => {
  it('of its own, or without any, leaves the request as it is', () => {
    for (const parts of [[text('Hi')], [thought('Hm', state('s', A)), call('c', state('t', A))]]) {
      const asked = request(...parts);
      const bound = bindState(asked, reader());
      expect(bound.request).toBe(asked);
      expect(bound.losses).toEqual([]);
    }
  });

  it('of another origin is left out and named; words that were sealed stay for the encoder to judge', () => {
    const other = state('s', `${A}@imitator/like-2`);
    const bound = bindState(request(thought('', other), thought('Hm', other), text('Hi'), call('c', other)), reader());
    expect(partsOf(bound)).toEqual([thought('Hm'), text('Hi'), call('c')]);
    expect(bound.request.conversationEdited).toBe(true);
    expect(bound.losses.map(({ field }) => field)).toEqual(['messages[1].content[0]', 'messages[1].content[3]']);
  });

  it('that a client brought is its maker’s where that is remembered, else the presumed one’s, else nobody’s', () => {
    const brought = request(thought('Hm', state('s')));
    const known = remembering(thought('Hm', state('s', A)), text('x'));
    expect(partsOf(bindState(brought, known))).toEqual([thought('Hm', state('s'))]);
    expect(partsOf(bindState(brought, { ...known, origin: 'B' }))).toEqual([thought('Hm')]);
    expect(partsOf(bindState(brought, { ...known, origin: 'B', presumed: new Map([[A, 'B']]) }))).toEqual([
      thought('Hm'),
    ]);
    const presumed = reader({ presumed: new Map([[A, A]]) });
    expect(partsOf(bindState(brought, presumed))).toEqual([thought('Hm', state('s'))]);
    expect(partsOf(bindState(brought, reader()))).toEqual([thought('Hm')]);
  });

  it('stands again where its maker had it: before the words, between them and a call, beside a call, at the end', () => {
    const given = [
      thought('One', state('1')),
      text('Let me see.'),
      thought('Two', state('2')),
      call('call_Ab3dEf9hIj', state('3')),
      thought('', state('4')),
    ];
    const bound = bindState(
      request(thought('OneTwo'), text('Let me see.'), call('call_Ab3dEf9hIj')),
      remembering(...given),
    );
    expect(partsOf(bound)).toEqual(given);
    expect(bound.request.conversationEdited).toBe(true);
    const elsewhere = { ...remembering(...given), origin: 'B' };
    expect(partsOf(bindState(request(text('Let me see.'), call('call_Ab3dEf9hIj')), elsewhere))).toEqual([
      text('Let me see.'),
      call('call_Ab3dEf9hIj'),
    ]);
  });

  it('that came back whole in its own dialect is left where it stands', () => {
    const parts = [thought('One', state('1')), text('Hi')];
    const asked = request(text('Hi'), thought('One', state('1')));
    const known = remembering(...parts);
    expect(bindState(asked, { ...known, sameDialect: true }).request).toBe(asked);
    expect(partsOf(bindState(asked, known))).toEqual(parts);
    expect(partsOf(bindState(request(text('Hi')), { ...known, sameDialect: true }))).toEqual(parts);
  });

  it('plain thinking stands again for a maker that wants it', () => {
    const known = remembering(thought('Plain'), call('call_Ab3dEf9hIj'));
    expect(partsOf(bindState(request(call('call_Ab3dEf9hIj')), known))).toEqual([
      thought('Plain'),
      call('call_Ab3dEf9hIj'),
    ]);
  });

  it('is gone altogether for a target that has refused it', () => {
    const { request: bare, losses } = withoutState(
      request(thought('', state('1')), thought('Hm', state('2')), call('c', state('3')), text('Hi')),
    );
    expect(bare.messages[1]?.parts).toEqual([thought('Hm'), call('c'), text('Hi')]);
    expect(bare.conversationEdited).toBe(true);
    expect(losses).toHaveLength(1);
  });
});
