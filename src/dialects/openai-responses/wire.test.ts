import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { isRequestError } from '../../model/request-error.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { openaiResponsesCaller as caller, openaiResponsesTarget as target } from './index.ts';
import { answerContext, encodeContext, meanings, reading, summary } from './test-kit.ts';

interface Exchange {
  readonly id: string;
  readonly quirks: readonly string[];
  readonly features: readonly string[];
  readonly request: { readonly body: JsonValue } | null;
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: JsonValue;
    readonly sse?: string;
  };
}

const file = join(resolve(process.env.UNDERSTUDY_WIRE_DIR ?? '../shared/wire'), 'openai-responses.jsonl');
const present = existsSync(file);
if (!present) process.stderr.write(`SKIPPED: tests of recorded Responses traffic: there is no ${file}\n`);

const exchanges: Exchange[] = present
  ? readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Exchange)
  : [];
const good = exchanges.filter(({ response }) => response.status >= 200 && response.status < 300);
const whole = good.filter((exchange) => !isBroken(exchange));

function framesOf(exchange: Exchange): SseFrame[] {
  const frames: SseFrame[] = [];
  const parser = createParser({
    onEvent: ({ data, event }) => frames.push({ kind: 'sse', data, ...(event !== undefined && { event }) }),
  });
  parser.feed(`${exchange.response.sse ?? ''}\n\n`);
  return frames;
}

function eventsOf(exchange: Exchange): ChatEvent[] {
  const { sse, body } = exchange.response;
  if (sse === undefined) return target.decodeAnswer(body ?? null, reading());
  const decoder = target.streamDecoder(reading());
  const events = framesOf(exchange).flatMap((frame) => decoder.push(frame));
  return [...events, ...decoder.end()];
}

/** Answers that are not complete answers of this dialect although their status says so. */
function isBroken({ quirks, features, response }: Exchange): boolean {
  // An error in mid-stream, told twice.
  if (features.includes('error')) return true;
  // Background work: accepted, not answered.
  if (quirks.includes('status=queued')) return true;
  // Another operation (compaction), and one host that answered in another dialect.
  return isJsonObject(response.body) && !Array.isArray(response.body.output);
}

function without(value: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The items of an answer, without any of the decoder's care. */
function itemsOf(exchange: Exchange): JsonObject[] {
  const { body } = exchange.response;
  if (exchange.response.sse === undefined) return isJsonObject(body) ? objects(body.output) : [];
  return framesOf(exchange)
    .filter(({ data }) => data.includes('output_item.done'))
    .map(({ data }) => JSON.parse(data) as JsonObject)
    .flatMap(({ type, item }) => (type === 'response.output_item.done' && isJsonObject(item) ? [item] : []));
}

function textIn(items: readonly JsonObject[], key: 'text' | 'refusal'): string {
  // A compaction repeats what the user said.
  const answers = items.filter(({ type, role }) => type === 'message' && role !== 'user');
  const parts = answers.flatMap(({ content }) => objects(content));
  return parts.map((part) => (typeof part[key] === 'string' ? part[key] : '')).join('');
}

/** The text of a stream, piece by piece. */
function piecesOf(exchange: Exchange): string {
  const deltas = framesOf(exchange).filter(({ data }) => data.includes('output_text.delta'));
  return deltas.map(({ data }) => String((JSON.parse(data) as JsonObject).delta)).join('');
}

describe.skipIf(!present)('recorded Responses traffic', () => {
  it('there is some', () => {
    expect(whole.length).toBeGreaterThan(170);
  });

  it('every complete answer ends with one finish and without a fault; every broken one with a fault', () => {
    for (const exchange of good) {
      const events = eventsOf(exchange);
      const faults = meanings(events.filter((event) => event.type === 'fault'));
      if (isBroken(exchange)) expect(faults, exchange.id).toHaveLength(1);
      else {
        expect(faults, exchange.id).toEqual([]);
        expect(events.filter((event) => event.type === 'finish')).toHaveLength(1);
        expect(events.at(-1)?.type, exchange.id).toBe('finish');
      }
    }
  });

  it('an error in mid-stream is told once, with its cause', () => {
    const faults = good.filter(({ features }) => features.includes('error')).flatMap((each) => eventsOf(each));
    expect(faults.filter((event) => event.type === 'fault').map(({ fault }) => fault.kind)).toEqual([
      // More than the account's minute holds: no wait cures it.
      'provider-rejected',
    ]);
  });

  it('text, refusals, calls and thinking are those of the recording, found by a plain walk', () => {
    for (const exchange of whole) {
      const { parts, finish } = collectAnswer(eventsOf(exchange));
      const items = itemsOf(exchange);
      const said = (type: string) =>
        parts.map((part) => (part.type === type && 'text' in part ? part.text : '')).join('');
      // One sample's pieces are not what its whole says; what a caller of a stream has are the pieces.
      expect(said('text'), exchange.id).toBe(piecesOf(exchange) || textIn(items, 'text'));
      expect(said('refusal'), exchange.id).toBe(textIn(items, 'refusal'));
      const calls = parts.flatMap((part) => (part.type === 'tool-call' ? [[part.id, part.name, part.arguments]] : []));
      const recorded = items.filter(
        ({ type, namespace }) => /^(function|custom_tool)_call$/.test(String(type)) && typeof namespace !== 'string',
      );
      const calledWith = ({ arguments: json, input }: JsonObject) => json ?? JSON.stringify({ input });
      expect(calls, exchange.id).toEqual(recorded.map((item) => [item.call_id, item.name, calledWith(item)]));
      const sealed = parts.flatMap((part) => (part.type === 'reasoning' && part.opaque ? [part.opaque.value] : []));
      const encrypted = items.filter(
        (item) => item.type === 'reasoning' && (item.encrypted_content || showsNothing(item)),
      );
      expect(sealed, exchange.id).toEqual(encrypted);
      expect(finish, exchange.id).toBe(finishOf(exchange, items));
    }
  });

  it('no event holds undefined text, and every call begins before its arguments and ends once', () => {
    for (const exchange of whole) {
      const open = new Set<number>();
      for (const event of eventsOf(exchange)) {
        if ('text' in event) expect(typeof event.text, exchange.id).toBe('string');
        if (event.type === 'tool-call-start') open.add(event.index);
        else if (event.type === 'tool-call-delta') expect(open.has(event.index), exchange.id).toBe(true);
        else if (event.type === 'tool-call-end') expect(open.delete(event.index), exchange.id).toBe(true);
      }
      expect(open.size, exchange.id).toBe(0);
    }
  });

  it('a caller of the same dialect receives the frames of the recording, the last one with the understudy object', () => {
    for (const exchange of whole.filter(({ response }) => response.sse !== undefined)) {
      const sent = framesOf(exchange).filter(({ data }) => data !== '[DONE]');
      const plain = forwarded(exchange, false);
      expect(plain, exchange.id).toEqual(sent);
      const told = forwarded(exchange, true);
      expect(told.slice(0, -1), exchange.id).toEqual(sent.slice(0, -1));
      const [last, was] = [told, sent].map((frames) => JSON.parse(frames.at(-1)?.data ?? '{}') as JsonObject);
      const response = isJsonObject(last?.response) ? last.response : {};
      expect(response.understudy, exchange.id).toMatchObject({ served_by: summary.servedBy });
      expect({ ...last, response: without(response, 'understudy') }, exchange.id).toEqual(was);
    }
  });

  it('a whole answer of the same dialect is the body of the recording', () => {
    for (const exchange of whole.filter(({ response }) => response.sse === undefined)) {
      const encoded = caller.encodeAnswer(eventsOf(exchange), answerContext(), summary);
      expect(without(encoded, 'understudy'), exchange.id).toEqual(exchange.response.body);
      expect(encoded.understudy).toMatchObject({ served_by: summary.servedBy });
    }
  });

  it('translated and read again, an answer says the same', () => {
    for (const exchange of whole) {
      const events = eventsOf(exchange);
      const context = answerContext({ sameDialect: false });
      const encoder = caller.streamEncoder(context);
      const frames = [...events.flatMap((event) => encoder.push(event)), ...encoder.close(summary)];
      const decoder = target.streamDecoder(reading());
      const again = [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
      expect(essence(again), exchange.id).toEqual(essence(events));
      const body = caller.encodeAnswer(events, context, summary);
      expect(essence(target.decodeAnswer(body, reading())), exchange.id).toEqual(essence(events));
    }
  });

  it('every recorded request decodes, and goes out again as it was but for the fields we own', () => {
    let refused = 0;
    let stateful = 0;
    for (const { id, request, response } of exchanges) {
      const body = request?.body;
      if (!isJsonObject(body)) continue;
      let decoded: ChatRequest;
      try {
        decoded = caller.decodeRequest({ model: 'm', ...body }, {});
      } catch (error) {
        if (!isRequestError(error)) throw error;
        if (isStateful(body)) stateful += 1;
        else {
          // What we refuse otherwise, the provider refused too.
          expect(response.status, `${id} ${error.message}`).toBeGreaterThanOrEqual(400);
          refused += 1;
        }
        continue;
      }
      expect(isStateful(body), id).toBe(false);
      const encoded = target.encodeRequest(decoded, encodeContext({ vendorFields: true }));
      const owned = ['model', 'stream', 'store', 'prompt'];
      expect(without(encoded.body, ...owned), id).toEqual(without(body, ...owned));
      expect(encoded.body.store, id).toBe(false);
      expect(encoded.body.stream === true, id).toBe(body.stream === true);
      expect(
        encoded.losses.map(({ field }) => field),
        id,
      ).toEqual(body.store === false ? [] : ['store']);
    }
    expect(stateful).toBeGreaterThan(5);
    expect(refused).toBeLessThan(5);
  });

  it('every refusal is classified, and its complaint is read', () => {
    for (const { id, response } of exchanges.filter((each) => each.response.status >= 400)) {
      const fault = target.decodeFault({ ...response, body: JSON.stringify(response.body ?? '') });
      expect(fault.kind, id).not.toBe('unknown');
      expect(fault.complaint?.message, id).toBeTruthy();
    }
  });
});

function forwarded(exchange: Exchange, annotate: boolean): SseFrame[] {
  const encoder = caller.streamEncoder(answerContext({ annotate }));
  return [...eventsOf(exchange).flatMap((event) => encoder.push(event)), ...encoder.close(summary)];
}

function finishOf({ features }: Exchange, items: readonly JsonObject[]): string {
  if (features.includes('truncated')) return 'length';
  const calls = ['function_call', 'custom_tool_call', 'mcp_approval_request'];
  return items.some(({ type }) => calls.includes(String(type))) ? 'tool-calls' : 'stop';
}

function showsNothing(item: JsonObject): boolean {
  return objects(item.summary).length + objects(item.content).length === 0;
}

/** Refers to what a provider keeps. */
function isStateful(body: JsonObject): boolean {
  if (body.background === true) return true;
  if (['previous_response_id', 'conversation'].some((key) => Boolean(body[key]))) return true;
  return objects(body.input).some(({ type }) => type === 'item_reference');
}

/** What an answer says, without what our own words cannot say: foreign items, and who sealed what. */
function essence(events: readonly ChatEvent[]) {
  const { parts, finish } = collectAnswer(events.filter((event) => event.type !== 'foreign'));
  const said: { type: string; text: string }[] = [];
  for (const part of parts) {
    const last = said.at(-1);
    if (part.type === 'tool-call') {
      said.push({ type: part.type, text: `${part.id} ${part.name} ${part.arguments || '{}'}` });
    } else if ('text' in part) {
      if (last?.type === part.type) last.text += part.text;
      else said.push({ type: part.type, text: part.text });
    }
  }
  const words = said.filter(({ text }) => text !== '');
  const called = words.some(({ type }) => type === 'tool-call');
  return { words, finish: finish === 'tool-calls' && !called ? 'stop' : finish };
}
