import { describe, expect, test } from 'vitest';
import { inputItems, keptItem, referenceOf, refersToStorage } from './kept-items.ts';

describe('what a caller sent as input', () => {
  test('is listed as messages of parts, whatever its short form', () => {
    const user = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] };
    expect(inputItems('Hi')).toEqual([user]);
    expect(inputItems([{ role: 'user', content: 'Hi' }])).toEqual([user]);
    expect(inputItems([{ role: 'assistant', content: 'Ho', phase: 'commentary' }])).toEqual([
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Ho', annotations: [] }],
        phase: 'commentary',
      },
    ]);
    expect(inputItems([user])).toEqual([user]);
  });

  test('stays as it is where it is nothing of the kind: refusing it is for those who read it', () => {
    const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
    expect(inputItems([call, 7, { role: 7 }, null])).toEqual([call, 7, { role: 7 }, null]);
    expect(inputItems(null)).toEqual([]);
    expect(inputItems(7)).toEqual([7]);
  });
});

describe('an item that is kept', () => {
  test('keeps its id', () => {
    expect(keptItem({ type: 'message', id: 'msg_1' })).toEqual({
      id: 'msg_1',
      json: '{"type":"message","id":"msg_1"}',
    });
  });

  test('without an id gets one to be told by, and goes on to providers as it came', () => {
    const kept = ['message', 'reasoning', 'function_call', 'function_call_output', 'web_search_call'].map((type) =>
      keptItem({ type }),
    );
    const prefixes = ['msg', 'rs', 'fc', 'fc', 'item'];
    for (const [at, { id, json }] of kept.entries()) {
      expect(id).toMatch(new RegExp(`^${prefixes[at]}_understudy_[0-9a-f]{32}$`));
      expect(json).not.toContain('"id"');
    }
    expect(new Set(kept.map(({ id }) => id)).size).toBe(5);
  });
});

test('an item that refers to another is told from one that is itself', () => {
  expect(referenceOf({ type: 'item_reference', id: 'msg_1' })).toBe('msg_1');
  expect(referenceOf({ id: 'msg_1' })).toBe('msg_1');
  expect(referenceOf({ type: null, id: 'msg_1' })).toBe('msg_1');
  expect(referenceOf({ id: 'msg_1', role: 'user', content: '' })).toBeUndefined();
  expect(referenceOf({ type: 'reasoning', id: 'rs_1' })).toBeUndefined();
  expect(referenceOf('msg_1')).toBeUndefined();
});

test('thinking that stands in the storage of a provider alone is of no use to anybody', () => {
  const thought = { type: 'reasoning', id: 'rs_1', summary: [] };
  expect(refersToStorage(thought)).toBe(true);
  expect(refersToStorage({ ...thought, encrypted_content: null })).toBe(true);
  expect(refersToStorage({ ...thought, encrypted_content: 'sealed' })).toBe(false);
  expect(refersToStorage({ ...thought, content: [{ type: 'reasoning_text', text: 'Hm' }] })).toBe(false);
  expect(refersToStorage({ ...thought, id: 'rs_understudy_1' })).toBe(false);
  expect(refersToStorage({ type: 'message', id: 'msg_1' })).toBe(false);
});
