import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import { answerText, collectAnswer } from '../../model/answer.ts';
import { UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { AnswerContext, ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { DEFAULT_QUIRKS } from '../../model/quirks.ts';
import { isRequestError } from '../../model/request-error.ts';
import type { ServedSummary } from '../../model/summary.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { anthropicMessagesCaller as caller, anthropicMessagesTarget as target } from './index.ts';
import { objectOf } from './wire.ts';

interface Exchange {
  readonly id: string;
  readonly provider: string;
  readonly quirks: readonly string[];
  readonly request: { readonly body: JsonValue } | null;
  readonly response: { readonly status: number; readonly body?: JsonValue; readonly sse?: string };
}

const file = join(resolve(process.env.UNDERSTUDY_WIRE_DIR ?? '../shared/wire'), 'anthropic-messages.jsonl');
const present = existsSync(file);
if (!present) process.stderr.write(`SKIPPED: tests of recorded Anthropic traffic: no recordings at ${file}\n`);

const exchanges: Exchange[] = present
  ? readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Exchange)
  : [];
const good = exchanges.filter(({ response }) => response.status < 300);
/** The one complete exception: overload told after the stream had begun. */
const broken = (exchange: Exchange): boolean => exchange.quirks.includes('error-event');

let ids = 0;
const newId = (): string => {
  ids += 1;
  return `id${String(ids).padStart(16, '0')}`;
};
const reading: ReadingContext = { toolNames: new Map(), finishOptional: false, newId };
const encodeContext = {
  target: {
    id: 'anthropic/model-x',
    provider: 'anthropic',
    model: 'model-x',
    dialect: 'anthropic-messages' as const,
    lane: 'lane',
    capabilities: UNKNOWN_CAPABILITIES,
    quirks: DEFAULT_QUIRKS,
  },
  newId,
};
const summary: ServedSummary = {
  requestId: 'request-1',
  route: 'route-1',
  servedBy: 'anthropic/model-x',
  attempts: 1,
  adapted: [],
  usage: {},
};
const plainRequest = caller.decodeRequest(
  { model: 'route-1', max_tokens: 10, messages: [{ role: 'user', content: 'x' }] },
  {},
);
const answerContext = (sameDialect: boolean, annotate: boolean): AnswerContext => ({
  request: plainRequest,
  requestId: 'request-1',
  createdAt: 0,
  sameDialect,
  model: 'model-x',
  annotate,
});

function framesOf(sse: string): SseFrame[] {
  const frames: SseFrame[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => frames.push({ kind: 'sse', data, ...(event !== undefined && { event }) }),
  });
  parser.feed(sse);
  return frames;
}

function eventsOf({ response }: Exchange): ChatEvent[] {
  if (response.sse === undefined) return target.decodeAnswer(response.body ?? null, reading);
  const decoder = target.streamDecoder(reading);
  return [...framesOf(response.sse).flatMap((frame) => decoder.push(frame)), ...decoder.end()];
}

function forward(events: readonly ChatEvent[], context: AnswerContext): SseFrame[] {
  const encoder = caller.streamEncoder(context);
  return [...events.flatMap((event) => encoder.push(event)), ...encoder.close(summary)];
}

function meaning(events: readonly ChatEvent[]): unknown {
  const answer = collectAnswer(events);
  const calls = answer.parts.flatMap((part) =>
    part.type === 'tool-call' ? [[part.id, part.name, JSON.parse(part.arguments)]] : [],
  );
  const reasoning = answer.parts.filter((part) => part.type === 'reasoning');
  const foreign = answer.parts.filter((part) => part.type === 'foreign' && part.kind !== 'citation');
  return { text: answerText(answer), calls, reasoning, foreign, finish: answer.finish };
}

describe.skipIf(!present)('recorded Anthropic traffic', () => {
  it('is there in number', () => {
    expect(good.length).toBeGreaterThan(200);
    expect(good.filter(({ response }) => response.sse !== undefined).length).toBeGreaterThan(60);
  });

  it('of complete answers ends with a finish and without a fault', () => {
    for (const exchange of good) {
      const events = eventsOf(exchange);
      const kinds = events.map((event) => event.type);
      for (const event of events) {
        if (event.type === 'text' || event.type === 'reasoning') expect(typeof event.text, exchange.id).toBe('string');
        if (event.type === 'tool-call-start')
          expect(`${event.id}${event.name}`, exchange.id).not.toContain('undefined');
      }
      if (broken(exchange)) {
        expect(events.at(-1), exchange.id).toMatchObject({ type: 'fault', fault: { what: 'overloaded' } });
        continue;
      }
      expect(kinds, exchange.id).not.toContain('fault');
      expect(
        kinds.filter((kind) => kind === 'finish'),
        exchange.id,
      ).toHaveLength(1);
      const usage = collectAnswer(events).usage;
      expect(usage.inputTokens, exchange.id).toBeGreaterThan(0);
      expect(usage.outputTokens, exchange.id).toBeGreaterThanOrEqual(0);
      for (const part of collectAnswer(events).parts) {
        if (part.type === 'tool-call') expect(isJsonObject(JSON.parse(part.arguments)), exchange.id).toBe(true);
      }
    }
  });

  it('of a stream is forwarded frame by frame', () => {
    for (const exchange of good) {
      if (exchange.response.sse === undefined || broken(exchange)) continue;
      const frames = framesOf(exchange.response.sse);
      const stop = frames.findIndex((frame) => frame.data.includes('"message_stop"'));
      // What a gateway adds behind the end (`[DONE]`) breaks official clients and is left out.
      const expected = frames.slice(0, stop + 1);
      expect(forward(eventsOf(exchange), answerContext(true, false)), exchange.id).toEqual(expected);
      const annotated = forward(eventsOf(exchange), answerContext(true, true));
      const delta = expected.findIndex((frame) => frame.data.includes('"message_delta"'));
      for (const [at, frame] of annotated.entries()) {
        if (at !== delta) expect(frame, exchange.id).toEqual(expected[at]);
        else {
          const { understudy, ...rest } = JSON.parse(frame.data) as JsonObject;
          expect(rest, exchange.id).toEqual(JSON.parse(expected[at]?.data ?? ''));
          expect(understudy, exchange.id).toMatchObject({ request_id: 'request-1' });
        }
      }
    }
  });

  it('of a whole answer is forwarded as it came', () => {
    for (const exchange of good) {
      if (exchange.response.sse !== undefined) continue;
      const body = caller.encodeAnswer(eventsOf(exchange), answerContext(true, true), summary);
      const { understudy, ...rest } = body;
      expect(rest, exchange.id).toEqual(exchange.response.body);
      expect(understudy, exchange.id).toMatchObject({ route: 'route-1' });
    }
  });

  it('means the same after it was written anew, as a stream and as a whole', () => {
    for (const exchange of good) {
      if (broken(exchange)) continue;
      const events = eventsOf(exchange);
      const context = answerContext(false, true);
      const decoder = target.streamDecoder(reading);
      const again = [...forward(events, context).flatMap((frame) => decoder.push(frame)), ...decoder.end()];
      expect(
        again.filter((event) => event.type === 'fault'),
        exchange.id,
      ).toEqual([]);
      expect(meaning(again), exchange.id).toEqual(meaning(events));
      const whole = target.decodeAnswer(caller.encodeAnswer(events, context, summary), reading);
      expect(meaning(whole), exchange.id).toEqual(meaning(events));
    }
  });

  it('of requests is read, and written again as it was but for the fields we own', () => {
    let read = 0;
    for (const { id, request, response } of exchanges) {
      if (!isJsonObject(request?.body)) continue;
      let decoded: ChatRequest;
      try {
        decoded = caller.decodeRequest(request.body, {});
      } catch (error) {
        if (!isRequestError(error)) throw error;
        // Hosts that name the model in the path, and requests that the vendor refused as well.
        expect(error.field === 'model' || response.status === 400, `${id}: ${error.message}`).toBe(true);
        continue;
      }
      read += 1;
      const encoded = target.encodeRequest(decoded, encodeContext);
      expect(encoded.losses, id).toEqual([]);
      expect({ ...encoded.body, model: decoded.model }, id).toEqual(request.body);
    }
    expect(read).toBeGreaterThan(180);
  });

  it('of requests keeps every block when a prompt is put before the conversation', () => {
    for (const { id, request } of exchanges) {
      const decoded = isJsonObject(request?.body) ? decodedOrNothing(request.body) : undefined;
      if (decoded === undefined) continue;
      const edited: ChatRequest = {
        ...decoded,
        messages: [{ role: 'system', parts: [{ type: 'text', text: 'A prompt.' }] }, ...decoded.messages],
        conversationEdited: true,
      };
      const { body } = target.encodeRequest(edited, encodeContext);
      expect(JSON.stringify(body).split('cache_control').length, id).toBe(
        JSON.stringify(decoded.original).split('cache_control').length,
      );
      const again = caller.decodeRequest({ ...body, model: 'm' }, {});
      expect(conversationText(again), id).toBe(`A prompt.${conversationText(decoded)}`);
    }
  });

  it('of requests means the same when it is built from the neutral form', () => {
    for (const { id, request } of exchanges) {
      const decoded = isJsonObject(request?.body) ? decodedOrNothing(request.body) : undefined;
      if (decoded === undefined || hasSystemInside(decoded)) continue;
      const quirks = { ...DEFAULT_QUIRKS, thinking: 'budget' as const };
      const context = { ...encodeContext, target: { ...encodeContext.target, quirks } };
      const { body } = target.encodeRequest({ ...decoded, dialect: 'openai-chat' }, context);
      const again = caller.decodeRequest(body, {});
      expect(conversationText(again).replaceAll(/\s/g, ''), id).toBe(conversationText(decoded).replaceAll(/\s/g, ''));
      expect(again.maxOutputTokens, id).toBe(decoded.maxOutputTokens);
      if (decoded.output.kind === 'text') {
        const names = decoded.tools.map((tool) => tool.name);
        if (names.length > 0)
          expect(
            again.tools.map((tool) => tool.name),
            id,
          ).toEqual(names);
      }
      const calls = (from: ChatRequest): unknown =>
        from.messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool-call'));
      expect(calls(again), id).toEqual(calls(decoded));
    }
  });

  it('of refusals gives the fault that the type and the status say', () => {
    const kinds: Record<string, string> = {
      authentication_error: 'credential-refused',
      not_found_error: 'model-not-found',
      overloaded_error: 'server-error',
    };
    for (const { id, response } of exchanges) {
      if (response.status < 300) continue;
      const body = response.body === undefined ? 'Invalid content' : JSON.stringify(response.body);
      const fault = target.decodeFault({ status: response.status, headers: {}, body });
      const type = objectOf(objectOf(response.body).error).type;
      const expected = typeof type === 'string' ? kinds[type] : 'invalid-request';
      if (expected !== undefined) expect(fault.kind, id).toBe(expected);
      else expect(['invalid-request', 'provider-rejected'], id).toContain(fault.kind);
    }
  });
});

function decodedOrNothing(body: JsonObject): ChatRequest | undefined {
  try {
    return caller.decodeRequest(body, {});
  } catch {
    return undefined;
  }
}

function conversationText(request: ChatRequest): string {
  const texts = request.messages.flatMap(({ parts }) =>
    parts.flatMap((part) => {
      if (part.type === 'text') return [part.text];
      return part.type === 'tool-result' ? part.content.map((item) => (item.type === 'text' ? item.text : '')) : [];
    }),
  );
  return texts.join('');
}

function hasSystemInside(request: ChatRequest): boolean {
  return request.messages.slice(1).some(({ role }) => role === 'system');
}
