import { type UpstreamAnswer, UpstreamFault } from '../engine/ports.ts';
import type { Fault } from '../model/fault.ts';
import type { JsonValue } from '../model/json.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import { readRemains, readText } from './body-text.ts';
import { declaredType, sniffEventStream } from './content-sniff.ts';
import type { ByteSource, Reply } from './exchange.ts';
import { type FrameParser, frameStream } from './frame-stream.ts';
import type { UpstreamLimits } from './limits.ts';
import { headerValue, keptHeaders } from './response-headers.ts';
import { SseParser } from './sse-parser.ts';

/** What an answer is read against. */
export interface Expectation {
  readonly provider: string;
  readonly stream: boolean;
  /** Reads binary event streams; absent where none is expected of this target. */
  readonly messageParser?: FrameParser;
  readonly limits: UpstreamLimits;
  readonly signal: StopSignal;
}

type BadResponse = Extract<Fault, { kind: 'bad-response' }>['what'];

/** Turns a reply into what was asked for, or rejects with the `UpstreamFault` that says why it is not that. */
export async function readAnswer(reply: Reply, expected: Expectation): Promise<UpstreamAnswer> {
  const { status } = reply;
  const encoding = headerValue(reply.headers, 'content-encoding')?.trim().toLowerCase() ?? '';
  const readable = encoding === '' || encoding === 'identity';
  if (status >= 300 && status < 400) throw bad(reply, expected, 'wrong-type', 'answered with a redirect, not followed');
  if (status < 200 || status >= 400) return refused(reply, expected, readable);
  if (!readable) throw bad(reply, expected, 'wrong-type', 'compressed its answer though identity was asked for');
  return expected.stream ? streamed(reply, expected) : whole(reply, reply.body, expected);
}

async function refused(reply: Reply, expected: Expectation, readable: boolean): Promise<UpstreamAnswer> {
  const { maxErrorBytes, errorBodyMs } = expected.limits;
  const text = await readRemains(reply.body, {
    maxBytes: maxErrorBytes,
    limitMs: errorBodyMs,
    signal: expected.signal,
  });
  const body = readable ? text : '';
  return { kind: 'refused', response: { status: reply.status, headers: keptHeaders(reply.headers), body } };
}

async function streamed(reply: Reply, expected: Expectation): Promise<UpstreamAnswer> {
  const declared = declaredType(headerValue(reply.headers, 'content-type'));
  if (declared === 'html') throw bad(reply, expected, 'html', 'answered with an HTML page');
  if (declared === 'event-stream') return streamOf(reply, reply.body, expected);
  if (declared === 'aws-event-stream' && expected.messageParser) {
    return streamOf(reply, reply.body, expected, expected.messageParser);
  }
  const { isStream, body } = await sniffEventStream(reply.body);
  if (isStream) return streamOf(reply, body, expected);
  return whole(reply, body, expected);
}

function streamOf(
  reply: Reply,
  body: ByteSource,
  expected: Expectation,
  parser: FrameParser = new SseParser(expected.limits.maxEventBytes),
): UpstreamAnswer {
  const { status } = reply;
  const frames = frameStream(body, parser, { provider: expected.provider, status });
  return { kind: 'stream', status, headers: keptHeaders(reply.headers), frames };
}

async function whole(reply: Reply, body: ByteSource, expected: Expectation): Promise<UpstreamAnswer> {
  const type = headerValue(reply.headers, 'content-type');
  const declared = declaredType(type);
  if (declared === 'html') throw bad(reply, expected, 'html', 'answered with an HTML page');
  if (declared === 'event-stream') throw bad(reply, expected, 'wrong-type', 'answered with an unasked event stream');
  if (declared === 'other' || declared === 'aws-event-stream')
    throw bad(reply, expected, 'wrong-type', `answered with ${shown(type)}`);
  const { maxBodyBytes } = expected.limits;
  const tooLarge = () => bad(reply, expected, 'too-large', `answered with more than ${maxBodyBytes} bytes`);
  if (Number(headerValue(reply.headers, 'content-length')) > maxBodyBytes) throw tooLarge();
  const { text, complete } = await readText(body, maxBodyBytes);
  if (!complete) throw tooLarge();
  if (text.trim() === '') throw bad(reply, expected, 'empty', 'answered with an empty body');
  const value = parsed(text);
  if (value === undefined) {
    if (text.trimStart().startsWith('<')) throw bad(reply, expected, 'html', 'answered with a page of markup');
    throw bad(reply, expected, 'malformed', 'answered with a body that is not JSON');
  }
  return { kind: 'body', status: reply.status, headers: keptHeaders(reply.headers), value };
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** The fault, and the end of the socket: whatever else is coming on it is not wanted. */
function bad(reply: Reply, expected: Expectation, what: BadResponse, why: string): UpstreamFault {
  reply.body.cancel();
  const message = `provider ${expected.provider} ${why}`;
  return new UpstreamFault({ kind: 'bad-response', what, status: reply.status, message });
}

/** A content type as a provider wrote it, short and printable. */
function shown(type: string | undefined): string {
  return (type ?? 'no content type').replace(/[^\x20-\x7e]/g, '?').slice(0, 80);
}
