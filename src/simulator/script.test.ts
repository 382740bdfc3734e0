import { expect, test } from 'vitest';
import { parseModelName } from './model-name.ts';
import { Playlist } from './playlist.ts';
import { isScriptError, parseScript, SCRIPT_FIELDS } from './script.ts';

test.each([
  [undefined, 'object'],
  [[], 'object'],
  [{}, 'fault'],
  [{ fault: 'explode' }, 'explode'],
  [{ fault: 'toString' }, 'toString'],
  [{ fault: 'status' }, 'status'],
  [{ fault: 'status', status: 99 }, '99'],
  [{ fault: 'status', status: 500, headers: { 'x y': 'z' } }, 'x y'],
  [{ fault: 'status', status: 500, headers: { x: 'a\nb' } }, 'headers'],
  [{ fault: 'stall', afterChunks: 1.5 }, '1.5'],
  [{ fault: 'slow-drip', msPerChunk: 1e12 }, 'msPerChunk'],
  [{ fault: 'quota', extra: 1 }, 'extra'],
  [{ fault: 'none', tools: [{ name: 'a' }] }, 'tools'],
  [{ fault: 'broken-json', how: 'loudly' }, 'how'],
])('%j is refused with a word about %s', (value, word) => {
  try {
    parseScript(value);
  } catch (error) {
    expect(isScriptError(error)).toBe(true);
    expect(String(error)).toContain(word);
    return;
  }
  expect.unreachable();
});

test.each([
  ['steady-1', 'steady', undefined],
  ['terse', 'terse', undefined],
  ['gpt-like-9', 'steady', undefined],
  ['chatty-2--status-503', 'chatty', { fault: 'status', status: 503 }],
  ['x--cut-3', 'steady', { fault: 'cut', afterChunks: 3 }],
  ['x--slow-first-content-250', 'steady', { fault: 'slow-first-content', ms: 250 }],
  ['x--slow-headers-9', 'steady', { fault: 'slow-headers', ms: 9 }],
  ['x--slow-drip-20', 'steady', { fault: 'slow-drip', msPerChunk: 20 }],
  ['x--rate-limited', 'steady', { fault: 'rate-limited' }],
  ['x--rate-limited-2', 'steady', { fault: 'rate-limited', retryAfter: '2' }],
  ['x--auth-refused-echo', 'steady', { fault: 'auth-refused', echoKey: true }],
  ['x--context-too-long-8192', 'steady', { fault: 'context-too-long', limitTokens: 8192 }],
  ['x--broken-json-prose', 'steady', { fault: 'broken-json', how: 'prose' }],
  ['x--none-100', 'steady', { fault: 'none', delayMs: 100 }],
  ['x--error-in-200', 'steady', { fault: 'error-in-200' }],
  ['x--overloaded-after-200', 'steady', { fault: 'overloaded-after-200' }],
])('the model name %s', (name, personality, script) => {
  expect(parseModelName(name)).toEqual({ personality, ...(script && { script }) });
});

test.each(['x--', 'x--cutt-3', 'x--cut', 'x--cut-many', 'x--quota-1', 'x--auth-refused-loudly'])(
  '%s is refused',
  (name) => {
    expect(() => parseModelName(name)).toThrow(/model: /);
  },
);

test('every script can be named by a model', () => {
  for (const fault of Object.keys(SCRIPT_FIELDS)) {
    const withNumber = ['status', 'context-too-long'].includes(fault) ? '-500' : '';
    const counted = /^(stall|cut|reset|malformed-chunk|slow-first-content|slow-headers|slow-drip)$/.test(fault)
      ? '-3'
      : '';
    expect(parseModelName(`x--${fault}${withNumber}${counted}`).script?.fault).toBe(fault);
  }
});

test('what is over goes, and the script of a model goes before that of its provider', () => {
  const list = new Playlist();
  list.set([{ fault: 'quota' }, { fault: 'html-page' }], { forMs: 100 }, 1000);
  list.set({ fault: 'wrong-shape' }, { model: 'm', times: 1 }, 1000);
  expect(list.next('m', 1001)?.fault).toBe('wrong-shape');
  expect([list.next('m', 1002), list.next('x', 1003), list.next('x', 1099)].map((script) => script?.fault)).toEqual([
    'quota',
    'html-page',
    'html-page',
  ]);
  expect(list.next('x', 1100)).toBeUndefined();
  list.set({ fault: 'quota' }, {}, 0);
  list.set({ fault: 'quota' }, { model: 'm' }, 0);
  list.set(undefined, { model: 'm' }, 0);
  expect(list.next('m', 1)?.fault).toBe('quota');
  list.set(undefined, {}, 0);
  expect(list.next('m', 1)).toBeUndefined();
});
