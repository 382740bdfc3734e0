import { dialectKits } from '../../src/dialect-kits.ts';
import {
  answerContextFor,
  encodeContextFor,
  foreignRequest,
  reading,
  summary,
} from '../../src/dialects/common/test-kit.ts';
import { isUpstreamFault } from '../../src/engine/ports.ts';
import type { ChatEvent } from '../../src/model/chat-event.ts';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import { FAULT_KINDS } from '../../src/model/fault.ts';
import { isJsonObject, type JsonObject } from '../../src/model/json.ts';
import { isRequestError } from '../../src/model/request-error.ts';
import { HttpFailure } from '../../src/server/http-failure.ts';
import { parseJsonBody } from '../../src/server/json-body.ts';
import { SseParser } from '../../src/upstream/sse-parser.ts';
import { countedIds } from './counted-ids.ts';
import { SEED_ANSWERS, SEED_REQUESTS } from './seed-requests.ts';
import {
  DECODED_DIALECTS,
  type DecodedDialect,
  SEED_STREAMS,
  STREAMED_DIALECTS,
  type StreamedDialect,
} from './seed-streams.ts';
import { bytesOf, sliced } from './stream-bytes.ts';
import { demand, parsed, type Subject } from './subject.ts';

const MAX_EVENT_BYTES = 1 << 20;
const MAX_DEPTH = 64;

/**
 * What may come out of what went in, in characters: every dialect wraps each piece in an envelope of its own and repeats
 * the whole text at the end, once or twice. A quadratic encoder is over this at a few thousand pieces.
 */
const outputLimit = (input: string) => 200_000 + 400 * input.length;

/** Everything that a decoder promises of its events, whatever it was given. */
function checkEvents(events: readonly ChatEvent[]): void {
  const started = new Set<string>();
  const fault = events.findIndex((event) => event.type === 'fault');
  demand(fault < 0 || events.slice(fault + 1).every((event) => event.type === 'note'), 'something follows a fault');
  for (const event of events) {
    const key = 'index' in event ? `${event.choice ?? 0}:${event.index}` : '';
    if (event.type === 'tool-call-start') {
      demand(!started.has(key), 'a call starts twice');
      demand(event.id !== '', 'a call has no id');
      started.add(key);
    } else if (event.type === 'tool-call-delta' || event.type === 'tool-call-end') {
      demand(started.has(key), 'a piece of a call that never started');
    } else if (event.type === 'usage') {
      for (const count of Object.values(event.usage)) demand(Number.isFinite(count), 'a count that is no number');
    } else if (event.type === 'fault') {
      demand(FAULT_KINDS.includes(event.fault.kind), 'a fault of no known kind');
    }
  }
}

function decodeStream(dialect: DecodedDialect, pieces: readonly Buffer[]): ChatEvent[] {
  const parser = new SseParser(MAX_EVENT_BYTES);
  const decoder = dialectKits.target(dialect).streamDecoder(reading({ newId: countedIds() }));
  const events: ChatEvent[] = [];
  try {
    for (const bytes of pieces) for (const frame of parser.push(bytes)) events.push(...decoder.push(frame));
    for (const frame of parser.end()) events.push(...decoder.push(frame));
  } catch (error) {
    if (isUpstreamFault(error)) return [{ type: 'fault', fault: error.fault }];
    throw error;
  }
  events.push(...decoder.end());
  return events;
}

/** The events as a caller of each dialect receives them, streamed and whole. */
function encodeEverywhere(source: DecodedDialect, events: readonly ChatEvent[], input: string): void {
  for (const dialect of STREAMED_DIALECTS) {
    const request = foreignRequest({ dialect, stream: true });
    const context = answerContextFor(request, { sameDialect: dialect === source });
    const caller = dialectKits.caller(dialect);
    const fault = events.find((event) => event.type === 'fault');
    const told = fault ? events.slice(0, events.indexOf(fault)) : events;
    const encoder = caller.streamEncoder(context);
    let size = 0;
    for (const event of told) for (const frame of encoder.push(event)) size += frame.data.length;
    const last = fault ? encoder.fail(failureOf(fault.fault.message)) : encoder.close(summary);
    for (const frame of last) size += frame.data.length;
    // The body of a forwarded answer is in the events themselves: a stream has none to give.
    const bodied = dialect !== source || events.some(({ frame }) => frame?.kind === 'body');
    if (!fault && bodied) size += JSON.stringify(caller.encodeAnswer(told, context, summary)).length;
    demand(size <= outputLimit(input), `${size} characters for ${dialect} from ${input.length}`);
  }
}

function failureOf(message: string) {
  return { code: 'stream_interrupted', status: 502, message, shouldRetry: false, targets: [] } as const;
}

function streamSubject(dialect: DecodedDialect): Subject {
  return {
    name: `stream/${dialect}`,
    form: 'stream',
    seeds: SEED_STREAMS[dialect].map((frames) => bytesOf(frames).toString()),
    run(input) {
      const bytes = Buffer.from(input);
      const events = decodeStream(dialect, [bytes]);
      checkEvents(events);
      // Three cuts that depend on the input alone, so that a finding repeats.
      const cuts = [0.311, 0.617, (bytes.length % 97) / 97];
      const again = decodeStream(dialect, sliced(bytes, cuts));
      demand(JSON.stringify(again) === JSON.stringify(events), 'slicing changes the meaning');
      encodeEverywhere(dialect, events, input);
    },
  };
}

function answerSubject(dialect: DecodedDialect): Subject {
  return {
    name: `answer/${dialect}`,
    form: 'json',
    seeds: SEED_ANSWERS[dialect].map((answer) => JSON.stringify(answer)),
    run(input) {
      const body = parsed(input);
      if (body === undefined) return;
      const events = dialectKits.target(dialect).decodeAnswer(body, reading({ newId: countedIds() }));
      checkEvents(events);
      encodeEverywhere(dialect, events, input);
    },
  };
}

function requestSubject(dialect: StreamedDialect): Subject {
  return {
    name: `request/${dialect}`,
    form: 'json',
    seeds: SEED_REQUESTS[dialect].map((request) => JSON.stringify(request)),
    run(input) {
      const request = readRequest(dialect, input);
      if (!request) return;
      for (const target of STREAMED_DIALECTS) {
        const { body } = dialectKits.target(target).encodeRequest(request, encodeContextFor(target));
        const size = JSON.stringify(body).length;
        demand(size <= outputLimit(input), `${size} characters for ${target} from ${input.length}`);
      }
    },
  };
}

function readRequest(dialect: StreamedDialect, input: string): ChatRequest | undefined {
  let body: JsonObject;
  try {
    body = parseJsonBody(Buffer.from(input), MAX_DEPTH);
  } catch (error) {
    if (error instanceof HttpFailure) return undefined;
    throw error;
  }
  try {
    return dialectKits.caller(dialect).decodeRequest(body, {});
  } catch (error) {
    if (!isRequestError(error)) throw error;
    demand(error.message !== '' && error.field !== '', 'a refusal that does not name its field');
    return undefined;
  }
}

const SEED_ERRORS: readonly JsonObject[] = [
  {
    status: 429,
    headers: { 'retry-after': '3' },
    body: '{"error":{"message":"m","type":"t","code":"insufficient_quota"}}',
  },
  { status: 529, headers: {}, body: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}' },
  { status: 400, headers: {}, body: '{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"m","details":[]}}' },
  { status: 400, headers: {}, body: '{"detail":[{"loc":["body"],"msg":"m"}]}' },
  { status: 502, headers: { 'content-type': 'text/html' }, body: '<html><body>Bad gateway</body></html>' },
  { status: 404, headers: {}, body: '{"code":"not found","error":"no such model"}' },
];

function faultSubject(dialect: DecodedDialect): Subject {
  return {
    name: `fault/${dialect}`,
    form: 'json',
    seeds: SEED_ERRORS.map((error) => JSON.stringify(error)),
    run(input) {
      const response = parsed(input);
      if (!isJsonObject(response)) return;
      const headers = isJsonObject(response.headers) ? response.headers : {};
      const texts = Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
      const body = typeof response.body === 'string' ? response.body : JSON.stringify(response.body ?? null);
      const status = typeof response.status === 'number' ? Math.trunc(response.status) : 500;
      const fault = dialectKits.target(dialect).decodeFault({ status, headers: Object.fromEntries(texts), body });
      demand(FAULT_KINDS.includes(fault.kind), 'a fault of no known kind');
      demand(fault.message !== '', 'a fault without a message');
      for (const caller of STREAMED_DIALECTS) {
        const told = JSON.stringify(dialectKits.caller(caller).encodeFailure({ ...failureOf(fault.message), fault }));
        demand(told.length <= outputLimit(input), `${told.length} characters of error from ${input.length}`);
      }
    },
  };
}

export const SUBJECTS: readonly Subject[] = [
  ...DECODED_DIALECTS.flatMap((dialect) => [streamSubject(dialect), answerSubject(dialect), faultSubject(dialect)]),
  ...STREAMED_DIALECTS.map(requestSubject),
];
