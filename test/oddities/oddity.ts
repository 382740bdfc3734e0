import { expect } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import { collectAnswer } from '../../src/model/answer.ts';
import type { ChatEvent } from '../../src/model/chat-event.ts';
import type { ReadingContext } from '../../src/model/dialect.ts';
import type { DialectName } from '../../src/model/dialect-name.ts';
import type { Fault } from '../../src/model/fault.ts';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import type { Usage } from '../../src/model/usage.ts';
import { SseParser } from '../../src/upstream/sse-parser.ts';

/** What an answer says, apart from how it was told. */
export interface Said {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  /** Name and arguments' JSON text. */
  readonly calls: readonly (readonly [name: string, json: string])[];
  readonly finish: string | undefined;
  /** How many ends were told. */
  readonly ends: number;
  readonly usage: Usage;
  readonly fault: Fault | undefined;
}

let ids = 0;
const newId = () => {
  ids += 1;
  return `id${String(ids).padStart(16, '0')}`;
};

function contextOf(change: Partial<ReadingContext>): ReadingContext {
  return { toolNames: new Map(), finishOptional: false, newId, ...change };
}

/** The events of a stream given as the provider's own bytes. Slicing them otherwise may not change what is said. */
export function streamed(dialect: DialectName, sse: string, change: Partial<ReadingContext> = {}): ChatEvent[] {
  const bytes = new TextEncoder().encode(sse);
  const inOne = decodeSlices(dialect, [bytes], change);
  const sliced: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 5) sliced.push(bytes.subarray(at, at + 5));
  expect(sayingOf(decodeSlices(dialect, sliced, change))).toEqual(sayingOf(inOne));
  return inOne;
}

function decodeSlices(dialect: DialectName, slices: readonly Uint8Array[], change: Partial<ReadingContext>) {
  const parser = new SseParser(1024 * 1024);
  const decoder = dialectKits.target(dialect).streamDecoder(contextOf(change));
  const events: ChatEvent[] = [];
  for (const slice of slices) for (const frame of parser.push(slice)) events.push(...decoder.push(frame));
  for (const frame of parser.end()) events.push(...decoder.push(frame));
  events.push(...decoder.end());
  return events;
}

export function whole(dialect: DialectName, body: JsonValue, change: Partial<ReadingContext> = {}): ChatEvent[] {
  return dialectKits.target(dialect).decodeAnswer(body, contextOf(change));
}

export function sayingOf(events: readonly ChatEvent[], choice = 0): Said {
  const { parts, finish, usage } = collectAnswer(events, choice);
  const join = (type: 'text' | 'reasoning' | 'refusal') =>
    parts.map((part) => (part.type === type ? part.text : '')).join('');
  const told = events.find((event) => event.type === 'fault');
  return {
    text: join('text'),
    reasoning: join('reasoning'),
    refusal: join('refusal'),
    calls: parts.flatMap((part) => (part.type === 'tool-call' ? [[part.name, part.arguments] as const] : [])),
    finish,
    ends: events.filter((event) => event.type === 'finish' && (event.choice ?? 0) === choice).length,
    usage,
    fault: told?.type === 'fault' ? told.fault : undefined,
  };
}

/** Ids of the calls, in order. */
export function callIds(events: readonly ChatEvent[]): string[] {
  return collectAnswer(events).parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []));
}

/** `data:` lines of an event stream. A string goes as it is. */
export function sse(...payloads: (JsonObject | string)[]): string {
  return payloads.map((each) => `data: ${typeof each === 'string' ? each : JSON.stringify(each)}\n\n`).join('');
}

/** The same with names of events, taken from the payload's `type`. */
export function named(...payloads: JsonObject[]): string {
  return payloads.map((each) => `event: ${String(each.type)}\ndata: ${JSON.stringify(each)}\n\n`).join('');
}
