import { describe, expect, test } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import { collectAnswer } from '../../src/model/answer.ts';
import { UNKNOWN_CAPABILITIES } from '../../src/model/capability.ts';
import type { ChatEvent } from '../../src/model/chat-event.ts';
import type { AnswerContext, ReadingContext } from '../../src/model/dialect.ts';
import type { DialectName } from '../../src/model/dialect-name.ts';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import { DEFAULT_QUIRKS } from '../../src/model/quirks.ts';
import { isRequestError } from '../../src/model/request-error.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';
import { type RecordedResponse, recordings, recordingsPresent } from '../kit/recordings.ts';
import { framesOf } from '../kit/sse-text.ts';

/** Dialects from which and to which a caller of Gemini's is served. */
const OTHERS = ['openai-chat', 'anthropic-messages'] as const satisfies readonly DialectName[];

const gemini = dialectKits.caller('gemini-generate');
const generationConfig = { thinkingConfig: { includeThoughts: true } };
const request = gemini.decodeRequest({ model: 'r', contents: [{ parts: [{ text: 'Go on.' }] }], generationConfig }, {});
const context: AnswerContext = {
  request,
  requestId: 'req1',
  createdAt: 1,
  sameDialect: false,
  model: 'm',
  annotate: true,
};
const summary = { requestId: 'req1', route: 'r', servedBy: 'p/m', attempts: 1, adapted: [], usage: {} };

function reading(): ReadingContext {
  let made = 0;
  return { toolNames: new Map(), finishOptional: true, newId: () => `made${++made}` };
}

function decode(dialect: DialectName, { sse, body }: RecordedResponse): ChatEvent[] {
  const kit = dialectKits.target(dialect);
  if (sse === undefined) return kit.decodeAnswer((body ?? null) as JsonValue, reading());
  const decoder = kit.streamDecoder(reading());
  return [...framesOf(sse).flatMap((frame) => decoder.push({ kind: 'sse', ...frame })), ...decoder.end()];
}

function reread(frames: readonly SseFrame[]): ChatEvent[] {
  const decoder = dialectKits.target('gemini-generate').streamDecoder(reading());
  return [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
}

/** What a caller gets to see; a refusal in words is text here. */
function essence(events: readonly ChatEvent[]) {
  const { parts, usage } = collectAnswer(events);
  const words = (...types: string[]) =>
    parts.map((part) => ('text' in part && types.includes(part.type) ? part.text : '')).join('');
  return {
    text: words('text', 'refusal'),
    reasoning: words('reasoning'),
    calls: parts.flatMap((part) =>
      part.type === 'tool-call' ? [[part.id, part.name, readArguments(part.arguments)]] : [],
    ),
    input: usage.inputTokens,
    // Some hosts count thinking beside the output, not in it; this API always does.
    output: (usage.reasoningTokens ?? 0) > (usage.outputTokens ?? 0) ? undefined : usage.outputTokens,
  };
}

/** Arguments stand as an object in this API; whatever else a model wrote is shown in one. */
function readArguments(json: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(json.trim() || '{}');
    if (value === null) return {};
    return typeof value === 'object' && !Array.isArray(value) ? value : { arguments: json };
  } catch {
    return { arguments: json };
  }
}

describe.skipIf(!recordingsPresent).each(OTHERS)('answers recorded in %s', (dialect) => {
  test('reach a caller of Gemini’s API word for word, whole and streamed', () => {
    let compared = 0;
    for (const { response } of recordings(dialect)) {
      if (response.status !== 200) continue;
      const events = decode(dialect, response);
      if (events.at(-1)?.type === 'fault' || !events.some((event) => event.type === 'finish')) continue;
      const encoder = gemini.streamEncoder(context);
      const frames = [...events.flatMap((event) => encoder.push(event)), ...encoder.close(summary)];
      const wanted = essence(events);
      // An answer without a word is none to the reader, whatever its end.
      if (wanted.text === '' && wanted.calls.length === 0) continue;
      const { input, output, ...said } = wanted;
      const counted = { ...said, ...(input !== undefined && { input }), ...(output !== undefined && { output }) };
      expect(essence(reread(frames))).toMatchObject(counted);
      const whole = gemini.encodeAnswer(events, context, summary);
      const again = dialectKits.target('gemini-generate').decodeAnswer(whole, reading());
      expect(essence(again)).toMatchObject(counted);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(150);
  });
});

describe.skipIf(!recordingsPresent).each(OTHERS)('requests recorded in Gemini’s dialect, for %s', (dialect) => {
  const target = {
    id: 'p/m',
    provider: 'p',
    model: 'm',
    dialect,
    lane: 'p/m',
    capabilities: UNKNOWN_CAPABILITIES,
    quirks: DEFAULT_QUIRKS,
  };

  test('go out with every text, every call answered, and every other field named as lost', () => {
    let compared = 0;
    for (const { request: recorded, response } of recordings('gemini-generate')) {
      if (recorded === null || response.status !== 200 || typeof recorded.body !== 'object') continue;
      const decoded = gemini.decodeRequest({ ...recorded.body, model: 'r' }, {});
      const { body, losses } = dialectKits.target(dialect).encodeRequest(decoded, { target, newId: () => 'id' });
      const sent = JSON.stringify(body);
      for (const part of decoded.messages.flatMap((message) => message.parts)) {
        if (part.type === 'text') expect(sent).toContain(JSON.stringify(part.text).slice(1, -1));
      }
      for (const lost of decoded.unmapped) expect(losses.map(({ field }) => field)).toContain(lost.field);
      // It can be read again by whoever speaks that dialect.
      const again = readAgain(dialect, body);
      const ids = (type: 'tool-call' | 'tool-result') =>
        again.messages.flatMap(({ parts }) =>
          parts.flatMap((part) => (part.type === type ? [part.type === 'tool-call' ? part.id : part.callId] : [])),
        );
      expect(ids('tool-result').filter((id) => !ids('tool-call').includes(id))).toEqual([]);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(200);
  });
});

function readAgain(dialect: DialectName, body: JsonObject) {
  try {
    return dialectKits.caller(dialect).decodeRequest(body, {});
  } catch (error) {
    if (isRequestError(error)) expect.fail(`${error.field}: ${error.message}`);
    throw error;
  }
}
