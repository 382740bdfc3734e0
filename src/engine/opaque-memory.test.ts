import { describe, expect, it } from 'vitest';
import { encodeToolCallId } from '../dialects/common/tool-call-ids.ts';
import type { Message, OpaqueState, Part } from '../model/conversation.ts';
import { OpaqueMemory } from './opaque-memory.ts';
import type { StateMemoryLimits } from './ports.ts';
import { Contexts } from './turn-keys.ts';

const LIMITS: StateMemoryLimits = { turns: 100, bytes: 1_000_000, keepMs: 1_000 };
const SIGNED = { type: 'reasoning' as const, text: 'Hm' };

const user = (words: string): Message => ({ role: 'user', parts: [{ type: 'text', text: words }] });
const state = (value: string): OpaqueState => ({
  dialect: 'anthropic-messages',
  value: { signature: value.padEnd(30, '.') },
});
const thought = (value: string): Part => ({ ...SIGNED, opaque: { ...state(value), origin: 'A' } });
const text = (words: string): Part => ({ type: 'text', text: words });
const call = (id: string, args = '{"a":1}'): Part => ({ type: 'tool-call', id, name: 'f', arguments: args });

function memory(over: Partial<StateMemoryLimits> = {}) {
  const kept = new OpaqueMemory({ ...LIMITS, ...over });
  return {
    kept,
    serve: (parts: Part[], how: { caller?: string; before?: Message[]; at?: number; plain?: boolean } = {}) =>
      kept.remember(
        {
          caller: how.caller ?? 'me',
          origin: 'A',
          before: how.before ?? [user('Go')],
          parts,
          withPlainThinking: how.plain ?? false,
        },
        how.at ?? 0,
      ),
    /** What is remembered of an answer that came back as these parts. */
    find: (parts: Part[], how: { caller?: string; before?: Message[]; at?: number } = {}) => {
      const messages = [...(how.before ?? [user('Go')]), { role: 'assistant' as const, parts }];
      return kept.turnAt(how.caller ?? 'me', messages, messages.length - 1, how.at ?? 0, new Contexts(messages));
    },
  };
}

describe('what an answer held that its caller cannot bring back', () => {
  it('is found by the id of a call, however the client has written its arguments', () => {
    const { serve, find } = memory();
    serve([thought('s'), text('Let me see.'), call('call_Ab3dEf9hIj', '{"b":[1, 2],"a":null}')]);
    const found = find([call('call_Ab3dEf9hIj', '{"a":null,"b":[1,2]}')], { before: [user('changed since')] });
    expect(found).toMatchObject({
      origin: 'A',
      pieces: [
        { kind: 'reasoning', part: { ...SIGNED, opaque: state('s') } },
        { kind: 'text' },
        { kind: 'call', id: 'call_Ab3dEf9hIj' },
      ],
    });
    expect(find([call('call_Ab3dEf9hIj', '{"a":0}')])).toBeUndefined();
    expect(find([call('call_Zb3dEf9hIj', '{"b":[1,2],"a":null}')])).toBeUndefined();
  });

  it('is found by an id that another dialect had to change', () => {
    const { serve, find } = memory();
    serve([thought('s'), call('functions.f:0')]);
    expect(find([call('functions.f:0')])).toBeDefined();
    expect(find([call(encodeToolCallId('functions.f:0', 'anthropic'))])).toBeDefined();
  });

  it('of calls that are merely counted, and of texts, is found in the same conversation alone', () => {
    for (const parts of [[call('functions.f:0')], [text('Done.')]]) {
      const { serve, find } = memory();
      serve([thought('one'), ...parts], { before: [user('One')] });
      serve([thought('two'), ...parts], { before: [user('Two')] });
      expect(find(parts, { before: [user('One')] })).toMatchObject({
        pieces: [{ part: { opaque: state('one') } }, {}],
      });
      expect(find(parts, { before: [user('Two')] })).toMatchObject({
        pieces: [{ part: { opaque: state('two') } }, {}],
      });
      expect(find(parts, { before: [user('Three')] })).toBeUndefined();
      // Instructions may tell the time.
      const clock: Message = { role: 'system', parts: [text('It is noon.')] };
      expect(find(parts, { before: [clock, user('One')] })).toBeDefined();
    }
  });

  it('is never found for another caller', () => {
    const { kept, serve, find } = memory();
    const parts = [thought('s'), call('call_Ab3dEf9hIj')];
    serve(parts, { caller: 'one' });
    expect(find(parts, { caller: 'other' })).toBeUndefined();
    expect(kept.originOf('one', state('s'), 0)).toBe('A');
    expect(kept.originOf('other', state('s'), 0)).toBeUndefined();
  });

  it('tells who made a piece of state, whatever stands around what is sealed', () => {
    const { kept, serve } = memory();
    const sealed = 'gAAAAB'.padEnd(40, 'x');
    const item = (more: object): OpaqueState => ({
      dialect: 'openai-responses',
      value: { type: 'reasoning', encrypted_content: sealed, ...more },
    });
    serve([{ type: 'reasoning', text: '', opaque: item({ id: 'rs_1', status: 'completed' }) }, text('Yes')]);
    expect(kept.originOf('me', item({ id: 'rs_1' }), 0)).toBe('A');
    expect(kept.originOf('me', { ...item({}), dialect: 'openai-chat' }, 0)).toBeUndefined();
  });

  it('is nothing where nobody thought; plain thinking is kept for those alone who want it back', () => {
    const { kept, serve } = memory();
    serve([text('Yes'), call('call_Ab3dEf9hIj')]);
    serve([SIGNED, call('call_Bb3dEf9hIj')]);
    expect(kept.size).toBe(0);
    serve([SIGNED, call('call_Bb3dEf9hIj')], { plain: true });
    expect(kept.size).toBe(1);
  });

  it('given twice is the second', () => {
    const { kept, serve, find } = memory();
    serve([thought('first'), text('Yes')]);
    serve([thought('second'), text('Yes')]);
    expect(find([text('Yes')])).toMatchObject({ pieces: [{ part: { opaque: state('second') } }, {}] });
    expect(kept.size).toBe(1);
  });

  it('that was refused by its maker is forgotten', () => {
    const { kept, serve, find } = memory();
    serve([thought('s'), text('Yes')]);
    kept.distrust('me', [user('Go'), { role: 'assistant', parts: [text('Yes')] }], 'B');
    expect(find([text('Yes')])).toBeDefined();
    kept.distrust('me', [user('Go'), { role: 'assistant', parts: [text('Yes')] }], 'A');
    expect(find([text('Yes')])).toBeUndefined();
    expect(kept.bytes).toBe(0);
  });
});

describe('what is remembered is bounded', () => {
  it('in number: what was used last stays', () => {
    const { kept, serve, find } = memory({ turns: 2 });
    for (const name of ['a', 'b']) serve([thought(name), text(name)]);
    expect(find([text('a')])).toBeDefined();
    serve([thought('c'), text('c')]);
    expect(['a', 'b', 'c'].map((name) => find([text(name)]) !== undefined)).toEqual([true, false, true]);
    expect(kept.size).toBe(2);
  });

  it('in bytes, and one answer takes a sixteenth at most', () => {
    const { kept, serve, find } = memory({ bytes: 20_000 });
    for (let i = 0; i < 100; i += 1) serve([thought(`s${i}`), text(`t${i}`)]);
    expect(kept.bytes).toBeLessThanOrEqual(20_000);
    expect(kept.size).toBeGreaterThan(5);
    expect(find([text('t99')])).toBeDefined();
    expect(find([text('t0')])).toBeUndefined();
    serve([thought('x'.repeat(1_000)), text('large')]);
    expect(find([text('large')])).toBeUndefined();
  });

  it('in time, counted from the last use', () => {
    const { kept, serve, find } = memory({ keepMs: 1_000 });
    serve([thought('s'), text('Yes')]);
    expect(find([text('Yes')], { at: 900 })).toBeDefined();
    expect(find([text('Yes')], { at: 1_800 })).toBeDefined();
    expect(find([text('Yes')], { at: 2_801 })).toBeUndefined();
    expect([kept.size, kept.bytes]).toEqual([0, 0]);
    serve([thought('s'), text('Yes')], { at: 3_000 });
    serve([thought('t'), text('No')], { at: 5_000 });
    expect(kept.size).toBe(1);
  });

  it('under one key: a word that is said everywhere does not fill it', () => {
    const { kept, serve } = memory();
    for (let i = 0; i < 50; i += 1) serve([thought(`s${i}`), text('Done.')], { before: [user(`Task ${i}`)] });
    expect(kept.size).toBe(16);
  });

  it('by nothing at all where it is switched off, and never by nonsense', () => {
    const { kept, serve } = memory({ turns: 0 });
    serve([thought('s'), text('Yes')]);
    expect([kept.size, kept.bytes]).toEqual([0, 0]);
    expect(() => memory({ keepMs: -1 })).toThrow('keepMs must not be negative, got -1');
    expect(() => memory({ bytes: Number.NaN })).toThrow('bytes');
  });
});
