import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { isRequestError } from '../../model/request-error.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { geminiGenerateCaller as caller, geminiGenerateTarget } from './index.ts';
import { answerContext, chatRequest, encodeContext, summary } from './test-kit.ts';

interface Recording {
  readonly provider: string;
  readonly stream: boolean;
  readonly features: readonly string[];
  readonly request: { readonly body?: JsonValue } | null;
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: JsonValue;
    readonly sse?: string;
    readonly text?: string;
  };
}

const folder = resolve(process.env.UNDERSTUDY_WIRE_DIR ?? '../shared/wire');
const file = resolve(folder, 'gemini-generate.jsonl');
const present = existsSync(file);
if (!present) process.stderr.write(`SKIPPED: tests of recorded Gemini traffic: no recordings at ${file}\n`);
const recordings: Recording[] = present
  ? readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  : [];
const good = recordings.filter(({ response }) => response.status === 200);

describe.skipIf(!present)('recorded answers', () => {
  it('are there', () => {
    expect(good.length).toBeGreaterThan(200);
  });

  it('end with a finish and without a fault, blocked and broken ones apart', () => {
    const faults = new Map<string, number>();
    for (const recording of good) {
      const events = decode(recording);
      const last = events.at(-1);
      if (last?.type === 'finish') {
        expect(events.filter((event) => event.type === 'fault')).toEqual([]);
        continue;
      }
      expect(last?.type).toBe('fault');
      if (last?.type !== 'fault') continue;
      const kind = last.fault.kind === 'bad-response' ? last.fault.what : last.fault.kind;
      faults.set(kind, (faults.get(kind) ?? 0) + 1);
      const raw = JSON.stringify(recording.response);
      // A prompt blocked as a whole; an answer of which a filter left nothing ends with that filter.
      if (kind === 'content-policy') expect(raw).toMatch(/blockReason/);
      // A call of a tool that does not exist, and not even the call came along.
      else if (kind === 'error-body') expect(raw).toMatch(/UNEXPECTED_TOOL_CALL/);
      // A vendor's sample of a stream without any finish reason.
      else if (kind === 'cut') expect(raw).not.toMatch(/finishReason/);
      else expect.unreachable(`${kind}: ${last.fault.message}`);
    }
    expect(Object.fromEntries(faults)).toEqual({ 'content-policy': 3, 'error-body': 3, cut: 1 });
  });

  it('lose no text, no call and no block', () => {
    for (const recording of good) {
      const answer = collectAnswer(decode(recording));
      const parts = responsesOf(recording).flatMap(partsOf);
      expect(
        answer.parts
          .filter((part) => part.type === 'text')
          .map((part) => part.text)
          .join(''),
      ).toBe(parts.map((part) => (part.thought === true || typeof part.text !== 'string' ? '' : part.text)).join(''));
      const named = parts.filter((part) => isNamed(part.functionCall));
      const calls = answer.parts.filter((part) => part.type === 'tool-call');
      expect(calls.map((call) => call.name)).toEqual(
        named.map((part) => isNamed(part.functionCall) && part.functionCall.name),
      );
      for (const call of calls) expect(typeof JSON.parse(call.arguments)).toBe('object');
      const kept = JSON.stringify(answer.parts);
      for (const part of parts) {
        if (typeof part.thoughtSignature === 'string') expect(kept).toContain(JSON.stringify(part.thoughtSignature));
      }
    }
  });

  it('count their tokens: input and output make the total', () => {
    for (const recording of good) {
      const { usage } = collectAnswer(decode(recording));
      const total = responsesOf(recording)
        .map(totalOf)
        .findLast((count) => count !== undefined);
      if (total === undefined) continue;
      expect((usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)).toBe(total);
    }
  });

  it('carry each frame once, on the first of its events', () => {
    for (const recording of good) {
      const { sse, body } = recording.response;
      const carried = decode(recording).flatMap((event) => (event.frame ? [event.frame] : []));
      if (sse !== undefined) expect(carried).toEqual(framesOf(sse));
      else if (!Array.isArray(body)) expect(carried).toEqual([{ kind: 'body', value: body }]);
    }
  });
});

describe.skipIf(!present)('recorded refusals', () => {
  it('become faults of the kind that their status says', () => {
    const kinds = new Map<string, number>();
    for (const { response } of recordings) {
      if (response.status === 200) continue;
      const body = response.sse ?? response.text ?? JSON.stringify(response.body);
      const fault = geminiGenerateTarget.decodeFault({ status: response.status, headers: response.headers, body });
      expect(fault.status).toBe(response.status);
      expect(fault.complaint?.message).toEqual(expect.any(String));
      kinds.set(fault.kind, (kinds.get(fault.kind) ?? 0) + 1);
    }
    expect(Object.fromEntries(kinds)).toEqual({
      'credential-refused': 10,
      'rate-limited': 2,
      'model-not-found': 5,
      'provider-rejected': 3,
      'invalid-request': 2,
    });
  });
});

describe.skipIf(!present)('recorded requests', () => {
  const asked = recordings.flatMap(({ request, response }) =>
    isJsonObject(request?.body) ? [{ body: request.body, status: response.status }] : [],
  );
  const bodies = asked.flatMap(({ body, status }) => (status === 200 ? [body] : []));

  it('are refused only where the provider refused them too', () => {
    const refused = asked.filter(({ body }) => {
      try {
        caller.decodeRequest({ ...body, model: 'route' }, {});
        return false;
      } catch (error) {
        if (!isRequestError(error)) throw error;
        return true;
      }
    });
    expect(refused.filter(({ status }) => status !== 400)).toEqual([]);
    expect(refused.length).toBeLessThan(5);
  });

  it('decode, and go out as they came, but for the model, which stands in the path', () => {
    expect(bodies.length).toBeGreaterThan(200);
    for (const body of bodies) {
      const { model: _model, ...rest } = body;
      const decoded = caller.decodeRequest({ ...body, model: 'route', stream: true }, {});
      expect(decoded).toMatchObject({ model: 'route', stream: true });
      const encoded = geminiGenerateTarget.encodeRequest(decoded, encodeContext);
      expect(encoded.body).toEqual(rest);
      expect(encoded.losses).toEqual([]);
    }
  });

  it('keep their parts when the conversation is written anew', () => {
    for (const body of bodies) {
      const decoded = caller.decodeRequest({ ...body, model: 'route' }, {});
      const edited = { ...decoded, conversationEdited: true };
      const { contents } = geminiGenerateTarget.encodeRequest(edited, encodeContext).body;
      expect(essentialParts(contents)).toEqual(essentialParts(body.contents));
    }
  });

  it('match each result to a call of its name', () => {
    for (const body of bodies) {
      const { messages } = caller.decodeRequest({ ...body, model: 'route' }, {});
      const parts = messages.flatMap((message) => message.parts);
      const calls = parts.filter((part) => part.type === 'tool-call');
      const results = parts.filter((part) => part.type === 'tool-result');
      const known = new Set(calls.map(({ id }) => id));
      // One recorder kept the results of calls whose turn it had dropped.
      if (calls.length > 0) expect(results.filter(({ callId }) => !known.has(callId))).toEqual([]);
      expect(known.size).toBe(calls.length);
    }
  });
});

describe.skipIf(!present)('recorded answers, for a caller of this dialect', () => {
  const finished = good.filter((recording) => decode(recording).at(-1)?.type === 'finish');

  it('are the frames and the bodies of the recording', () => {
    for (const recording of finished) {
      const { sse, body } = recording.response;
      if (sse !== undefined) {
        const encoder = caller.streamEncoder(answerContext({ annotate: false }));
        const out = decode(recording).flatMap((event) => encoder.push(event));
        expect([...out, ...encoder.close(summary)]).toEqual(framesOf(sse));
      } else if (isJsonObject(body)) {
        const { understudy, ...rest } = caller.encodeAnswer(decode(recording), answerContext(), summary);
        expect(rest).toEqual(body);
        expect(understudy).toMatchObject({ served_by: summary.servedBy });
      }
    }
  });

  it('never show their end before it is verified', () => {
    for (const recording of finished) {
      if (recording.response.sse === undefined) continue;
      const encoder = caller.streamEncoder(answerContext());
      const before = decode(recording).flatMap((event) => encoder.push(event));
      const after = encoder.close(summary);
      const lastEnd = framesOf(recording.response.sse).findLastIndex(({ data }) => data.includes('"finishReason"'));
      expect(before.length).toBeLessThanOrEqual(lastEnd);
      expect(after.filter(({ data }) => data.includes('"understudy"'))).toHaveLength(1);
    }
  });

  it('say the same when they are translated and read again', () => {
    const generationConfig = { thinkingConfig: { includeThoughts: true } };
    const context = answerContext({ sameDialect: false, request: chatRequest({ generationConfig }) });
    for (const recording of finished) {
      const events = decode(recording);
      const encoder = caller.streamEncoder(context);
      const frames = [...events.flatMap((event) => encoder.push(event)), ...encoder.close(summary)];
      const decoder = geminiGenerateTarget.streamDecoder(reading());
      const again = [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
      expect(essence(again)).toEqual(essence(events));
      const whole = geminiGenerateTarget.decodeAnswer(caller.encodeAnswer(events, context, summary), reading());
      expect(essence(whole)).toEqual(essence(events));
    }
  });
});

/** Without what ours may write otherwise: signatures that stand on a part of their own, texts in more pieces. */
function essence(events: readonly ChatEvent[]) {
  const { parts, finish, usage } = collectAnswer(events);
  const joined = (type: 'text' | 'reasoning') => parts.map((part) => (part.type === type ? part.text : '')).join('');
  return {
    finish,
    input: usage.inputTokens,
    output: usage.outputTokens,
    text: joined('text'),
    reasoning: joined('reasoning'),
    calls: parts.flatMap((part) =>
      part.type === 'tool-call' ? [[part.id, part.name, JSON.parse(part.arguments)]] : [],
    ),
    foreign: parts.flatMap((part) => (part.type === 'foreign' ? [part.value] : [])),
  };
}

/** All parts in their order, neighbouring texts of one role as one. */
function essentialParts(contents: JsonValue | undefined): JsonValue[] {
  const all: { role: string; part: JsonObject }[] = [];
  for (const turn of [contents ?? []].flat()) {
    const { role, parts } = Object(turn);
    for (const part of [parts ?? []].flat()) all.push({ role: role === 'model' ? 'model' : 'user', part });
  }
  const results = all.filter(({ part }) => part.functionResponse ?? part.function_response);
  const out: JsonValue[] = [];
  let text = '';
  for (const { part } of all) {
    if (Object.keys(part).length === 1 && typeof part.text === 'string') text += part.text;
    else if (!results.some((result) => result.part === part)) out.push(part);
  }
  return [text, ...out, ...results.map(({ part }) => part)];
}

function reading(): ReadingContext {
  let made = 0;
  return { toolNames: new Map(), finishOptional: false, newId: () => `made${++made}` };
}

function decode({ response }: Recording): ChatEvent[] {
  if (response.sse === undefined) return geminiGenerateTarget.decodeAnswer(response.body ?? null, reading());
  const decoder = geminiGenerateTarget.streamDecoder(reading());
  return [...framesOf(response.sse).flatMap((frame) => decoder.push(frame)), ...decoder.end()];
}

function framesOf(sse: string): SseFrame[] {
  const frames: SseFrame[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => frames.push({ kind: 'sse', ...(event !== undefined && { event }), data }),
  });
  // Some recorders cut the blank line that ends the last event.
  parser.feed(`${sse}\n\n`);
  return frames;
}

function responsesOf({ response }: Recording): JsonValue[] {
  if (response.sse !== undefined) return framesOf(response.sse).map((frame) => JSON.parse(frame.data));
  const body = response.body ?? null;
  return Array.isArray(body) ? body : [body];
}

function partsOf(response: JsonValue): JsonObject[] {
  const { candidates } = Object(response);
  return Array.isArray(candidates) ? candidates.flatMap((candidate) => candidate.content?.parts ?? []) : [];
}

function totalOf(response: JsonValue): number | undefined {
  const { usageMetadata } = Object(response);
  return usageMetadata?.promptTokenCount === undefined ? undefined : usageMetadata.totalTokenCount;
}

function isNamed(call: JsonValue | undefined): call is { name: string } {
  return typeof call === 'object' && call !== null && !Array.isArray(call) && typeof call.name === 'string';
}
