import { dialectKits } from '../../src/dialect-kits.ts';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from '../../src/engine/ports.ts';
import type { ChatEvent, FinishReason } from '../../src/model/chat-event.ts';
import type { AnswerContext } from '../../src/model/dialect.ts';
import type { ServedSummary } from '../../src/model/summary.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';
import type { VirtualClock } from '../kit/virtual-clock.ts';
import type { Caller } from './four-callers.ts';

/** What a target says, and how it is cut into pieces. */
export interface Line {
  readonly text: string;
  readonly tool?: string;
  readonly finish: FinishReason;
  /** Lengths of the pieces; the last one takes what is left. */
  readonly slices: readonly number[];
}

export const NOBODY: ServedSummary = {
  requestId: 'r',
  route: 'reply',
  servedBy: 'a/b',
  attempts: 1,
  adapted: [],
  usage: { inputTokens: 10, outputTokens: 5 },
};

/** Targets of any dialect in virtual time: their frames are written by the encoders that callers are answered with. */
export class DialectUpstream implements Upstream {
  readonly #clock: VirtualClock;
  readonly #lines: Readonly<Record<string, Line>>;

  constructor(clock: VirtualClock, lines: Readonly<Record<string, Line>>) {
    this.#clock = clock;
    this.#lines = lines;
  }

  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const line = this.#lines[request.target.id];
    if (!line) throw new Error(`nothing is said by ${request.target.id}`);
    const dialect = request.target.dialect as Caller;
    const kit = dialectKits.caller(dialect);
    const events = eventsOf(line);
    const context = contextOf(dialect);
    if (!request.stream) {
      return { kind: 'body', status: 200, headers: {}, value: kit.encodeAnswer(events, context, NOBODY) };
    }
    const encoder = kit.streamEncoder(context);
    const frames = [...events.flatMap((event) => encoder.push(event)), ...encoder.close(NOBODY)];
    return { kind: 'stream', status: 200, headers: {}, frames: this.#paced(frames) };
  }

  async *#paced(frames: readonly SseFrame[]): AsyncIterable<readonly SseFrame[]> {
    for (const frame of frames) {
      await new Promise<void>((resolve) => this.#clock.setTimer(5, resolve));
      yield [frame];
    }
  }
}

function eventsOf({ text, tool, finish, slices }: Line): ChatEvent[] {
  const pieces: string[] = [];
  let at = 0;
  for (const length of slices) {
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  pieces.push(text.slice(at));
  const called: ChatEvent[] = tool
    ? [
        { type: 'tool-call-start', index: 0, id: 'call_1', name: tool },
        { type: 'tool-call-delta', index: 0, json: '{}' },
        { type: 'tool-call-end', index: 0 },
      ]
    : [];
  return [
    { type: 'start', id: 'answer_1', model: 'm' },
    ...pieces.filter((piece) => piece !== '').map((piece): ChatEvent => ({ type: 'text', text: piece })),
    ...called,
    { type: 'usage', usage: { inputTokens: 10, outputTokens: 5 } },
    { type: 'finish', reason: finish },
  ];
}

function contextOf(dialect: Caller): AnswerContext {
  const request = dialectKits
    .caller(dialect)
    .decodeRequest(
      dialect === 'gemini-generate'
        ? { model: 'm', contents: [{ role: 'user', parts: [{ text: 'x' }] }] }
        : { model: 'm', max_tokens: 1_000, messages: [{ role: 'user', content: 'x' }], input: 'x', stream: true },
      {},
    );
  return { request, requestId: 'r', createdAt: 1, sameDialect: false, model: 'm', annotate: false };
}
