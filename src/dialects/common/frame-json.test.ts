import { expect, it } from 'vitest';
import { malformed, parseJson } from './frame-json.ts';

it('text that is no JSON is told by value', () => {
  expect(parseJson('{"a":[1,null]}')).toEqual({ ok: true, value: { a: [1, null] } });
  expect(parseJson('null')).toEqual({ ok: true, value: null });
  for (const text of ['', '{', '[DONE]', 'undefined', "{'a':1}"]) expect(parseJson(text)).toEqual({ ok: false });
});

it('a frame without sense is a fault of the response', () => {
  expect(malformed('no')).toEqual({ type: 'fault', fault: { kind: 'bad-response', what: 'malformed', message: 'no' } });
});
