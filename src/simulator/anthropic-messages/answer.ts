import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Ask } from '../ask.ts';
import type { OddFrames, Stamp, StreamedAnswer } from '../dialect-kit.ts';
import { splitPieces } from '../pieces.ts';
import type { Reply } from '../reply.ts';
import { signatureOf } from './signature.ts';

const STOP_REASONS = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'stop-sequence': 'stop_sequence',
  'content-filter': 'refusal',
} as const;

const CONTENT_TYPE = 'text/event-stream; charset=utf-8';

/** A `message`. */
export function anthropicWhole(reply: Reply, _ask: Ask, stamp: Stamp): JsonObject {
  const content: JsonObject[] = [];
  if (reply.reasoning !== '') {
    content.push({ type: 'thinking', thinking: reply.reasoning, signature: signatureOf(reply.reasoning) });
  }
  if (reply.text !== '') content.push({ type: 'text', text: reply.text });
  reply.calls.forEach((call, index) => {
    content.push({ type: 'tool_use', id: callId(stamp, index), name: call.name, input: parseInput(call.arguments) });
  });
  return {
    id: `msg_${stamp.id}`,
    type: 'message',
    role: 'assistant',
    model: stamp.model,
    content,
    stop_reason: STOP_REASONS[reply.finish],
    stop_sequence: reply.stopSequence ?? null,
    usage: { ...inputUsage(reply), output_tokens: reply.outputTokens, service_tier: 'standard' },
  };
}

function callId(stamp: Stamp, index: number): string {
  return `toolu_${stamp.id}${index}`;
}

/** Arguments that broke off are an empty object: a whole answer has no place for half a JSON text. */
function parseInput(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function inputUsage(reply: Reply): JsonObject {
  return { input_tokens: reply.inputTokens, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
}

function frame(event: string, json: string): string {
  return `event: ${event}\ndata: ${json}\n\n`;
}

const PING = frame('ping', '{"type": "ping"}');

/** `message_start`, blocks with their deltas, `message_delta` with the cumulative usage, `message_stop`. */
export function anthropicStreamed(reply: Reply, _ask: Ask, stamp: Stamp): StreamedAnswer {
  const frames = new BlockFrames();
  if (reply.reasoning !== '') {
    frames.open('{"type":"thinking","thinking":"","signature":""}', false);
    for (const piece of splitPieces(reply.reasoning))
      frames.delta(`{"type":"thinking_delta","thinking":${JSON.stringify(piece)}}`);
    frames.close(`{"type":"signature_delta","signature":"${signatureOf(reply.reasoning)}"}`);
  }
  if (reply.text !== '') {
    frames.open('{"type":"text","text":""}', false);
    for (const piece of splitPieces(reply.text)) frames.delta(`{"type":"text_delta","text":${JSON.stringify(piece)}}`);
    frames.close();
  }
  reply.calls.forEach((call, index) => {
    const name = JSON.stringify(call.name);
    frames.open(`{"type":"tool_use","id":"${callId(stamp, index)}","name":${name},"input":{}}`, true);
    for (const piece of call.arguments === '{}' ? [] : splitPieces(call.arguments)) {
      frames.delta(`{"type":"input_json_delta","partial_json":${JSON.stringify(piece)}}`);
    }
    frames.close();
  });
  return {
    opening: messageStart(reply, stamp) + frames.opening + PING,
    pieces: frames.pieces,
    closing: frames.pending + messageEnd(reply),
  };
}

function messageStart(reply: Reply, stamp: Stamp): string {
  const message: JsonObject = {
    id: `msg_${stamp.id}`,
    type: 'message',
    role: 'assistant',
    model: stamp.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...inputUsage(reply), output_tokens: 1, service_tier: 'standard' },
  };
  return frame('message_start', JSON.stringify({ type: 'message_start', message }));
}

function messageEnd(reply: Reply): string {
  const delta = { stop_reason: STOP_REASONS[reply.finish], stop_sequence: reply.stopSequence ?? null };
  const usage = { ...inputUsage(reply), output_tokens: reply.outputTokens };
  return (
    frame('message_delta', JSON.stringify({ type: 'message_delta', delta, usage })) +
    frame('message_stop', '{"type":"message_stop"}')
  );
}

/** Collects the frames of blocks: what is no content waits and goes out with the next piece. */
class BlockFrames {
  readonly pieces: string[] = [];
  /** The first block's start, unless it is content itself. */
  opening = '';
  pending = '';
  #index = -1;

  /** A tool call's start is content: a client learns the tool's name from it. */
  open(block: string, isContent: boolean): void {
    this.#index++;
    const start = frame(
      'content_block_start',
      `{"type":"content_block_start","index":${this.#index},"content_block":${block}}`,
    );
    if (isContent) {
      this.pieces.push(this.#take() + start + this.#frame('{"type":"input_json_delta","partial_json":""}'));
    } else if (this.pieces.length === 0) this.opening += start;
    else this.pending += start;
  }

  delta(json: string): void {
    this.pieces.push(this.#take() + this.#frame(json));
  }

  close(lastDelta?: string): void {
    if (lastDelta !== undefined) this.pending += this.#frame(lastDelta);
    this.pending += frame('content_block_stop', `{"type":"content_block_stop","index":${this.#index}}`);
  }

  #frame(delta: string): string {
    return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index},"delta":${delta}}\n\n`;
  }

  #take(): string {
    const pending = this.pending;
    this.pending = '';
    return pending;
  }
}

export function anthropicOdd(): OddFrames {
  return {
    contentType: CONTENT_TYPE,
    ping: PING,
    malformed:
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" brok\n\n',
    wrongShape: 'data: {"result":"ok","items":[1,2,3]}\n\n',
  };
}
