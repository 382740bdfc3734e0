import { describe, expect, test } from 'vitest';
import { collectAnswer } from '../../src/model/answer.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { callIds, sayingOf, sse, streamed, whole } from './oddity.ts';

/** Hand-made after reference/wire-oddities.md, 61 to 75. */
const candidate = (parts: JsonObject[], more: JsonObject = {}): JsonObject => ({
  content: { role: 'model', parts },
  index: 0,
  ...more,
});
const piece = (parts: JsonObject[], more: JsonObject = {}, usage?: JsonObject): JsonObject => ({
  candidates: [candidate(parts, more)],
  modelVersion: 'm1',
  responseId: 'r1',
  ...(usage && { usageMetadata: usage }),
});
const stop = { finishReason: 'STOP' };
const call = (name: string, more: JsonObject = {}): JsonObject => ({ functionCall: { name, args: {}, ...more } });
const read = (...pieces: JsonObject[]) => streamed('gemini-generate', sse(...pieces));
const one = (body: JsonObject) => whole('gemini-generate', body);
const sealed = (events: Parameters<typeof collectAnswer>[0]) => JSON.stringify(collectAnswer(events).parts);

describe('signatures', () => {
  test('61: on the first of parallel calls alone, and it stays there', () => {
    const parts = [{ ...call('f'), thoughtSignature: 'sig' }, call('g')];
    for (const events of [one(piece(parts, stop)), read(piece(parts), piece([], stop))]) {
      const calls = collectAnswer(events).parts.filter(({ type }) => type === 'tool-call');
      expect(calls.map((part) => JSON.stringify(part).includes('sig'))).toEqual([true, false]);
    }
  });

  test('62: on an empty text at the end', () => {
    const events = read(piece([{ text: 'Hello' }]), piece([{ text: '', thoughtSignature: 'sig' }], stop));
    expect(sayingOf(events).text).toBe('Hello');
    expect(sealed(events)).toContain('sig');
  });

  test.each<[string, JsonObject]>([
    ['text', { text: 'Hello', thoughtSignature: 'sig' }],
    ['inlineData', { inlineData: { mimeType: 'image/png', data: 'AA==' }, thoughtSignature: 'sig' }],
    ['executableCode', { executableCode: { language: 'PYTHON', code: '1' }, thoughtSignature: 'sig' }],
  ])('63: on %s', (_kind, part) => {
    expect(sealed(one(piece([part, { text: '.' }], stop)))).toContain('sig');
  });
});

describe('calls', () => {
  test('64: STOP although there are calls', () => {
    expect(
      sayingOf(one(piece([call('f')], { ...stop, finishMessage: 'Model generated function call(s).' }))),
    ).toMatchObject({ finish: 'tool-calls' });
    expect(sayingOf(read(piece([call('f')], stop))).finish).toBe('tool-calls');
  });

  test('65: without an id one is made, and one that came is kept', () => {
    const made = callIds(one(piece([call('f'), call('f')], stop)));
    expect(new Set(made).size).toBe(2);
    expect(callIds(one(piece([call('f', { id: 'a' })], stop)))).toEqual(['a']);
  });

  test('66: parallel calls in one chunk, or spread', () => {
    const expected = [
      ['f', '{}'],
      ['g', '{}'],
    ];
    expect(sayingOf(read(piece([call('f'), call('g')]), piece([], stop))).calls).toEqual(expected);
    expect(sayingOf(read(piece([call('f')]), piece([call('g')]), piece([], stop))).calls).toEqual(expected);
  });

  test('67: no args, and arguments in pieces with the name in the first alone', () => {
    const [bare] = sayingOf(one(piece([{ functionCall: { name: 'f' } }], stop))).calls;
    expect(JSON.parse(bare?.[1] || '{}')).toEqual({});
    const part = (functionCall: JsonObject) => piece([{ functionCall }]);
    const events = read(
      part({ name: 'f', willContinue: true }),
      part({ partialArgs: [{ jsonPath: '$.city', stringValue: 'Os', willContinue: true }], willContinue: true }),
      part({ partialArgs: [{ jsonPath: '$.city', stringValue: 'lo' }], willContinue: true }),
      part({}),
      piece([], stop),
    );
    const [streamedCall] = sayingOf(events).calls;
    expect(streamedCall?.[0]).toBe('f');
    expect(JSON.parse(streamedCall?.[1] ?? '')).toEqual({ city: 'Oslo' });
  });
});

describe('answers without content', () => {
  test.each<[string, JsonObject]>([
    [
      'no content',
      {
        candidates: [{ finishReason: 'MAX_TOKENS', index: 0 }],
        usageMetadata: { promptTokenCount: 9, thoughtsTokenCount: 5, totalTokenCount: 14 },
      },
    ],
    ['content without parts', { candidates: [{ content: { role: 'model' }, finishReason: 'MAX_TOKENS' }] }],
    ['parts without a role', { candidates: [{ content: { parts: [{ text: 'x' }] }, finishReason: 'MAX_TOKENS' }] }],
  ])('68: %s', (_name, body) => {
    expect(sayingOf(one(body))).toMatchObject({ finish: 'length', fault: undefined });
    expect(sayingOf(read(body)).finish).toBe('length');
  });

  test('69: no candidates, with the reason why, under status 200', () => {
    const blocked = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 9 } };
    for (const events of [one(blocked), read(blocked)]) {
      const { fault, finish } = sayingOf(events);
      expect(fault?.kind ?? finish).toMatch(/^content-(policy|filter)$/);
    }
  });

  test.each([
    ['RECITATION', 'content-filter'],
    ['PROHIBITED_CONTENT', 'content-filter'],
    ['SAFETY', 'content-filter'],
    ['MODEL_ARMOR', 'content-filter'],
  ])('70: %s', (finishReason, finish) => {
    expect(sayingOf(read(piece([{ text: 'Hel' }]), piece([], { finishReason }))).finish).toBe(finish);
  });

  test.each(['UNEXPECTED_TOOL_CALL', 'NO_IMAGE', 'OTHER', 'MALFORMED_FUNCTION_CALL', 'A_WORD_OF_TOMORROW'])(
    '70: %s is no clean stop',
    (finishReason) => {
      const { finish, fault } = sayingOf(read(piece([{ text: 'Hel' }]), piece([], { finishReason })));
      expect(fault !== undefined || finish !== 'stop').toBe(true);
    },
  );
});

describe('forms', () => {
  test('71: enumerations as numbers', () => {
    const body = piece(
      [{ text: 'Hello' }],
      { finishReason: 1 },
      { promptTokenCount: 9, candidatesTokenCount: 2, promptTokensDetails: [{ modality: 1, tokenCount: 9 }] },
    );
    expect(sayingOf(one(body))).toMatchObject({
      text: 'Hello',
      finish: 'stop',
      usage: { inputTokens: 9, outputTokens: 2 },
    });
  });

  test('73: CR LF and no names of events', () => {
    const text = sse(piece([{ text: 'Hello' }]), piece([], stop)).replaceAll('\n', '\r\n');
    expect(sayingOf(streamed('gemini-generate', text))).toMatchObject({ text: 'Hello', finish: 'stop' });
  });

  test('74: usage on every chunk, cumulative; thoughts stand beside candidates', () => {
    const events = read(
      piece([{ text: 'Hm', thought: true }], {}, { promptTokenCount: 9, totalTokenCount: 9 }),
      piece(
        [{ text: 'Hello' }],
        {},
        { promptTokenCount: 9, candidatesTokenCount: 1, thoughtsTokenCount: 4, totalTokenCount: 14 },
      ),
      piece([], stop, {
        promptTokenCount: 9,
        candidatesTokenCount: 2,
        thoughtsTokenCount: 4,
        toolUsePromptTokenCount: 3,
        totalTokenCount: 18,
      }),
    );
    expect(sayingOf(events)).toMatchObject({
      reasoning: 'Hm',
      text: 'Hello',
      usage: { outputTokens: 6, reasoningTokens: 4 },
    });
  });

  test('75: finishReason on more than one chunk: the answer is not over at the first', () => {
    const events = read(piece([{ text: 'Hel' }], stop), piece([{ text: 'lo' }], stop));
    expect(sayingOf(events)).toMatchObject({ text: 'Hello', ends: 1, finish: 'stop', fault: undefined });
  });
});
