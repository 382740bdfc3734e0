import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { isRequestError } from '../../model/request-error.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { encodeToolCallId } from '../common/tool-call-ids.ts';
import { openaiChatCaller as caller, openaiChatTarget as target } from './index.ts';
import { answerContext, chatRequest, encodeContext, meanings, reading, summary } from './test-kit.ts';

interface Exchange {
  readonly id: string;
  readonly provider: string;
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

const folder = resolve(process.env.UNDERSTUDY_WIRE_DIR ?? '../shared/wire');
const files = ['openai-chat.jsonl', 'mistral.jsonl'].map((name) => join(folder, name));
const present = files.every((file) => existsSync(file));
if (!present) process.stderr.write(`SKIPPED: tests of recorded chat completions traffic: no recordings in ${folder}\n`);

const exchanges: Exchange[] = present
  ? files.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Exchange),
    )
  : [];
const good = exchanges.filter(({ response }) => response.status >= 200 && response.status < 300);

function framesOf(exchange: Exchange): SseFrame[] {
  const frames: SseFrame[] = [];
  const parser = createParser({
    onEvent: ({ data, event }) => frames.push({ kind: 'sse', data, ...(event !== undefined && { event }) }),
  });
  parser.feed(exchange.response.sse ?? '');
  parser.feed('\n\n');
  return frames;
}

function eventsOf(exchange: Exchange): ChatEvent[] {
  // Snowflake is the one provider that names no end.
  const context = reading({ finishOptional: exchange.provider === 'snowflake' });
  const { sse, body } = exchange.response;
  if (sse === undefined) return target.decodeAnswer(body ?? null, context);
  const decoder = target.streamDecoder(context);
  const events = framesOf(exchange).flatMap((frame) => decoder.push(frame));
  return [...events, ...decoder.end()];
}

/** Answers that are not complete although their status says so. */
function isBroken({ quirks, features, provider, response }: Exchange): boolean {
  // Errors told under status 200: error chunks (OpenAI, Groq, OpenRouter), an error body (Azure's content filter).
  if (quirks.includes('error-chunk') || features.includes('error-in-200') || features.includes('error')) return true;
  // OpenRouter with an empty answer of the provider behind it: no text, no end.
  if (provider === 'openrouter' && quirks.includes('no-finish-reason')) return true;
  const choices = isJsonObject(response.body) && Array.isArray(response.body.choices) ? response.body.choices : [];
  // The same in a whole answer, and an error beside the message.
  return choices.some(
    (choice) => isJsonObject(choice) && (choice.finish_reason === null || choice.error !== undefined),
  );
}

function without(value: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

describe.skipIf(!present)('recorded chat completions', () => {
  it('there are some', () => {
    expect(good.length).toBeGreaterThan(300);
  });

  it('every complete answer ends with a finish and without a fault; every broken one with a fault', () => {
    for (const exchange of good) {
      const events = eventsOf(exchange);
      const faults = events.filter((event) => event.type === 'fault');
      const finishes = events.filter((event) => event.type === 'finish');
      const told = { id: exchange.id, faults: meanings(faults), finished: finishes.length > 0 };
      if (isBroken(exchange)) expect(told.faults, exchange.id).toHaveLength(1);
      else expect(told).toEqual({ id: exchange.id, faults: [], finished: true });
      const choices = new Set(finishes.map((event) => event.choice ?? 0));
      expect(finishes.length, exchange.id).toBe(choices.size);
    }
  });

  it('no event holds undefined text, and every call begins before its arguments and ends once', () => {
    for (const exchange of good) {
      const open = new Set<string>();
      for (const event of eventsOf(exchange)) {
        if ('text' in event) expect(typeof event.text, exchange.id).toBe('string');
        if (event.type === 'tool-call-start') {
          expect(event.id !== '' && event.name !== '', exchange.id).toBe(true);
          open.add(`${event.choice ?? 0}:${event.index}`);
        } else if (event.type === 'tool-call-delta') {
          expect(open.has(`${event.choice ?? 0}:${event.index}`), exchange.id).toBe(true);
        } else if (event.type === 'tool-call-end') {
          expect(open.delete(`${event.choice ?? 0}:${event.index}`), exchange.id).toBe(true);
        }
      }
      if (!isBroken(exchange)) expect(open.size, exchange.id).toBe(0);
    }
  });

  it('text and arguments are those of the recording, found by a plain walk', () => {
    for (const exchange of good.filter((each) => !isBroken(each))) {
      const answer = collectAnswer(eventsOf(exchange));
      const text = answer.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
      expect(text, exchange.id).toBe(plainText(exchange));
    }
  });

  it('a caller of the same dialect receives the frames of the recording', () => {
    for (const exchange of good.filter((each) => each.response.sse !== undefined && !isBroken(each))) {
      const request = { ...chatRequest(), streamUsage: true };
      const encoder = caller.streamEncoder(answerContext({ request, annotate: false }));
      const out = eventsOf(exchange).flatMap((event) => encoder.push(event));
      out.push(...encoder.close(summary));
      const sent = framesOf(exchange).filter((frame) => frame.data !== '[DONE]');
      const named = out.filter((frame) => frame.data !== '[DONE]');
      // Where the provider names no end, a finishing chunk is added.
      expect(named.slice(0, sent.length), exchange.id).toEqual(sent);
      expect(named.length - sent.length, exchange.id).toBe(exchange.quirks.includes('no-finish-reason') ? 1 : 0);
      expect(out.filter((frame) => frame.data === '[DONE]')).toHaveLength(1);
      expect(out.at(-1)?.data).toBe('[DONE]');
    }
  });

  it('a whole answer of the same dialect is the body of the recording', () => {
    for (const exchange of good.filter((each) => each.response.sse === undefined && !isBroken(each))) {
      const encoded = caller.encodeAnswer(eventsOf(exchange), answerContext(), summary);
      expect(without(encoded, 'understudy'), exchange.id).toEqual(exchange.response.body);
      expect(encoded.understudy).toMatchObject({ served_by: summary.servedBy });
    }
  });

  it('translated and read again, an answer says the same', () => {
    for (const exchange of good.filter((each) => !isBroken(each))) {
      const events = eventsOf(exchange);
      const context = answerContext({ sameDialect: false });
      const encoder = caller.streamEncoder(context);
      const frames = [...events.flatMap((event) => encoder.push(event)), ...encoder.close(summary)];
      const decoder = target.streamDecoder(reading());
      const again = [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
      const choices = new Set(events.map((event) => event.choice ?? 0));
      for (const choice of choices) {
        expect(essence(again, choice), exchange.id).toEqual(essence(events, choice));
        const whole = target.decodeAnswer(caller.encodeAnswer(events, context, summary), reading());
        expect(sorted(essence(whole, choice)), exchange.id).toEqual(sorted(essence(events, choice)));
      }
    }
  });

  it('every recorded request decodes, and goes out again as it was but for the fields we own', () => {
    let refused = 0;
    for (const { id, request, response } of exchanges) {
      const body = request?.body;
      if (!isJsonObject(body)) continue;
      let decoded: ReturnType<typeof chatRequest>;
      try {
        decoded = caller.decodeRequest({ model: 'm', ...body }, {});
      } catch (error) {
        // What we refuse, the provider refused too.
        expect(isRequestError(error), `${id} ${String(error)}`).toBe(true);
        expect(response.status, `${id} ${String(error)}`).toBeGreaterThanOrEqual(400);
        refused += 1;
        continue;
      }
      const maxTokensField = 'max_completion_tokens' in body ? 'max_completion_tokens' : 'max_tokens';
      const context = encodeContext({
        maxTokensField,
        systemRole: 'developer',
        toolCallIds: 'any',
        vendorFields: true,
      });
      const encoded = target.encodeRequest(decoded, context);
      const owned = ['model', 'stream', 'stream_options'];
      expect(without(encoded.body, ...owned), id).toEqual(shortIds(without(body, ...owned)));
      expect(encoded.losses, id).toEqual([]);
      expect(encoded.body.stream === true, id).toBe(body.stream === true);
    }
    expect(refused).toBeLessThan(20);
  });

  it('every refusal is classified, and its complaint is read', () => {
    for (const { id, response } of exchanges.filter((each) => each.response.status >= 400)) {
      const fault = target.decodeFault({ ...response, body: JSON.stringify(response.body ?? '') });
      expect(fault.kind, id).not.toBe('unknown');
      expect(fault.complaint?.message, id).toBeTruthy();
    }
  });
});

/** OpenAI takes ids of tool calls up to 40 characters; longer ones, made by other providers, are written anew. */
function shortIds(body: JsonObject): JsonObject {
  const short = (id: unknown) => (typeof id === 'string' ? encodeToolCallId(id, 'any') : id);
  const text = JSON.stringify(body, (key, value: unknown) => {
    if (key === 'tool_call_id') return short(value);
    if (key !== 'tool_calls' || !Array.isArray(value)) return value;
    return value.map((call: JsonObject) => ({ ...call, id: short(call.id) }));
  });
  return JSON.parse(text) as JsonObject;
}

/** The text of choice 0, without any of the decoder's care. */
function plainText(exchange: Exchange): string {
  const bodies =
    exchange.response.sse === undefined
      ? [exchange.response.body]
      : framesOf(exchange)
          .filter(({ data }) => data.trim() !== '[DONE]' && data !== '')
          .map(({ data }) => JSON.parse(data) as JsonValue);
  let text = '';
  for (const body of bodies) {
    const choices = isJsonObject(body) && Array.isArray(body.choices) ? body.choices : [];
    for (const choice of choices) {
      if (!isJsonObject(choice) || (choice.index ?? 0) !== 0) continue;
      const said = exchange.response.sse === undefined ? choice.message : choice.delta;
      text += isJsonObject(said) ? plainContent(said.content) : '';
    }
  }
  return text;
}

function plainContent(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

/** What an answer says, without what this dialect cannot write: foreign parts, seals, ids of the answer itself. */
function essence(events: readonly ChatEvent[], choice: number) {
  const { parts, finish } = collectAnswer(
    events.filter((event) => event.type !== 'foreign'),
    choice,
  );
  const said: Said[] = [];
  for (const part of parts) {
    const last = said.at(-1);
    if (part.type === 'tool-call') {
      said.push({ type: part.type, text: `${part.id} ${part.name} ${part.arguments || '{}'}` });
    } else if (part.type !== 'text' && part.type !== 'refusal' && part.type !== 'reasoning') {
      throw new Error(`unexpected ${part.type}`);
    } else if (last?.type === 'reasoning' && part.type === 'reasoning') {
      // An unsealed and a sealed piece of thinking stand apart until the seal is gone.
      last.text += part.text;
    } else if (part.text !== '') {
      said.push({ type: part.type, text: part.text });
    }
  }
  return { said, finish: finish === 'other' || finish === 'pause' ? 'stop' : finish };
}

interface Said {
  readonly type: 'tool-call' | 'text' | 'refusal' | 'reasoning';
  text: string;
}

/** A whole answer has one text, one list of calls: their order among each other is gone. */
function sorted({ said, finish }: ReturnType<typeof essence>) {
  const textOf = (type: string) => said.map((part) => (part.type === type ? part.text : '')).join('');
  return {
    finish,
    text: textOf('text'),
    refusal: textOf('refusal'),
    reasoning: textOf('reasoning'),
    calls: said.filter((part) => part.type === 'tool-call'),
  };
}
