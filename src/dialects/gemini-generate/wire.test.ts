import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import { UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { DEFAULT_QUIRKS } from '../../model/quirks.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { geminiGenerateTarget } from './index.ts';

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
      // A prompt blocked as a whole; or an answer of which a filter left nothing.
      if (kind === 'content-policy') expect(raw).toMatch(/blockReason|"SAFETY"|MODEL_ARMOR/);
      // A call of a tool that does not exist, and not even the call came along.
      else if (kind === 'error-body') expect(raw).toMatch(/UNEXPECTED_TOOL_CALL/);
      // A vendor's sample of a stream without any finish reason.
      else if (kind === 'cut') expect(raw).not.toMatch(/finishReason/);
      else expect.unreachable(`${kind}: ${last.fault.message}`);
    }
    expect(Object.fromEntries(faults)).toEqual({ 'content-policy': 6, 'error-body': 3, cut: 1 });
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
      'credential-refused': 9,
      'rate-limited': 2,
      'model-not-found': 5,
      'provider-rejected': 4,
      'invalid-request': 2,
    });
  });
});

describe.skipIf(!present)('recorded requests', () => {
  it('go out as they came, but for the model, which stands in the path', () => {
    let count = 0;
    for (const { request } of recordings) {
      const body = request?.body;
      if (typeof body !== 'object' || body === null || Array.isArray(body)) continue;
      const { model: _model, ...rest } = body;
      const encoded = geminiGenerateTarget.encodeRequest(sameDialect(body), context);
      expect(encoded.body).toEqual(rest);
      expect(encoded.losses).toEqual([]);
      count += 1;
    }
    expect(count).toBeGreaterThan(200);
  });
});

const context = {
  target: {
    id: 'google/m',
    provider: 'google',
    model: 'm',
    dialect: 'gemini-generate' as const,
    lane: 'l',
    capabilities: UNKNOWN_CAPABILITIES,
    quirks: DEFAULT_QUIRKS,
  },
  newId: () => 'id0000000000000000',
};

function sameDialect(original: JsonObject): ChatRequest {
  return {
    dialect: 'gemini-generate',
    model: 'route',
    messages: [],
    tools: [],
    output: { kind: 'text' },
    sampling: {},
    stop: [],
    stream: false,
    streamUsage: true,
    choices: 1,
    options: {},
    original,
    unmapped: [],
    conversationEdited: false,
  };
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
