import type { ServerResponse } from 'node:http';
import type { AnswerSink, Opening } from '../engine/delivery.ts';
import { takesNotice } from '../engine/notice-in-text.ts';
import { PREPARED_MODEL } from '../engine/prepared-answer.ts';
import type { ReaderCut } from '../engine/record.ts';
import type { RunResult } from '../engine/run.ts';
import type { ChatEvent } from '../model/chat-event.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { AnswerContext, CallerDialect, StreamEncoder } from '../model/dialect.ts';
import type { Failure } from '../model/failure.ts';
import type { ServedSummary } from '../model/summary.ts';
import type { Target } from '../model/target.ts';
import type { SseFrame } from '../model/wire-frame.ts';
import type { AnswerFraming } from './answer-framing.ts';
import { failureHeaders, summaryHeaders } from './answer-headers.ts';
import type { KeptAnswer } from './kept-answer.ts';
import { answerOver, PacedWriter, type ReaderRule } from './paced-writer.ts';

export interface AnswerSetting {
  readonly response: ServerResponse;
  readonly dialect: CallerDialect;
  readonly request: ChatRequest;
  readonly requestId: string;
  readonly createdAt: number;
  readonly annotate: boolean;
  /** Of a streamed answer. */
  readonly framing: AnswerFraming;
  readonly reader: ReaderRule;
  /** Echoed headers and the like. */
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Of an answer of which something is kept. */
  readonly kept: KeptAnswer | undefined;
  onCut(why: ReaderCut): void;
}

const STREAM_HEADERS = {
  'cache-control': 'no-cache',
  // nginx and kin would otherwise collect the stream before they pass it on.
  'x-accel-buffering': 'no',
};

/** Turns the engine's events into the caller's protocol on the wire. No status line goes out before the commit point. */
export class AnswerWriter implements AnswerSink {
  readonly #setting: AnswerSetting;
  readonly #paced: PacedWriter;
  #encoder: StreamEncoder | undefined;
  /** Its JSON was put right: what the provider sent is not what the caller gets. */
  #rewritten = false;

  constructor(setting: AnswerSetting) {
    this.#setting = setting;
    this.#paced = new PacedWriter(setting.response, setting.reader, (why) => setting.onCut(why));
  }

  open({ target, summary }: Opening): void {
    this.#begin(target, summary);
  }

  #begin(target: Target | undefined, summary: ServedSummary): void {
    const { response, dialect, framing, extraHeaders } = this.#setting;
    response.writeHead(200, {
      'content-type': framing.contentType,
      ...STREAM_HEADERS,
      ...summaryHeaders(summary, false),
      ...extraHeaders,
    });
    this.#encoder = dialect.streamEncoder(this.#context(target, summary));
  }

  write(events: readonly ChatEvent[]): void | Promise<void> {
    return this.#paced.write(this.#setting.framing.pieces(this.#encode(events)));
  }

  /** Finishes the answer by what became of the request. Resolves once its last byte is out, or nobody is left to read it. */
  async finish(result: RunResult): Promise<void> {
    switch (result.kind) {
      case 'caller-gone':
        this.#setting.response.destroy();
        return;
      case 'failed':
        return this.#fail(result.failure);
      case 'served':
      case 'prepared':
        this.#rewritten = result.kind === 'served' && result.rewritten === true;
        return this.#setting.request.stream ? this.#endStream(result) : this.#whole(result);
    }
  }

  async #endStream(result: Given): Promise<void> {
    if (!this.#encoder) this.#begin(targetOf(result), result.summary);
    const rest = this.#encode(result.events);
    const closing = this.#encoder?.close(result.summary) ?? [];
    const { framing, kept } = this.#setting;
    const last = kept ? await kept.close(closing) : closing;
    await this.#paced.end(framing.pieces([...rest, ...last]) + framing.end());
  }

  async #whole(result: Given): Promise<void> {
    const { response, dialect, extraHeaders, kept } = this.#setting;
    const answer = dialect.encodeAnswer(result.events, this.#context(targetOf(result), result.summary), result.summary);
    const body = JSON.stringify(kept ? await kept.whole(answer) : answer);
    const headers = summaryHeaders(result.summary, true);
    headers['content-type'] = 'application/json; charset=utf-8';
    headers['content-length'] = String(Buffer.byteLength(body));
    response.writeHead(200, Object.assign(headers, extraHeaders));
    return this.#paced.end(body);
  }

  /** Before the status line: an HTTP error. After it: the dialect's in-band error, and no clean end of the body. */
  async #fail(failure: Failure): Promise<void> {
    if (!this.#encoder) return this.refuse(failure);
    // The error has to leave the socket before the socket is torn down.
    await this.#paced.cut(this.#setting.framing.pieces(this.#encoder.fail(failure)));
  }

  refuse(failure: Failure): Promise<void> {
    const { response, dialect, requestId, extraHeaders } = this.#setting;
    sendFailure(response, dialect, { ...failure, requestId }, extraHeaders);
    return answerOver(response);
  }

  #encode(events: readonly ChatEvent[]): SseFrame[] {
    const frames: SseFrame[] = [];
    for (const event of events) frames.push(...(this.#encoder?.push(event) ?? []));
    return this.#setting.kept?.frames(frames) ?? frames;
  }

  /** `target` is undefined for an answer that nobody gave. */
  #context(target: Target | undefined, { degraded }: ServedSummary): AnswerContext {
    const { request, requestId, createdAt, annotate } = this.#setting;
    // What is forwarded as it came has no room for words of ours.
    const addsText = degraded?.notice?.inText === true && takesNotice(request);
    return {
      request,
      requestId,
      createdAt,
      annotate,
      sameDialect: target?.dialect === request.dialect && !addsText && !this.#rewritten,
      model: target?.model ?? PREPARED_MODEL,
    };
  }
}

type Given = Extract<RunResult, { kind: 'served' | 'prepared' }>;

function targetOf(result: Given): Target | undefined {
  return result.kind === 'served' ? result.target : undefined;
}

/** Writes one error as a whole HTTP answer in the dialect of the caller. */
export function sendFailure(
  response: ServerResponse,
  dialect: Pick<CallerDialect, 'encodeFailure'>,
  failure: Failure,
  extraHeaders: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = JSON.stringify(dialect.encodeFailure(failure));
  response.writeHead(failure.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...failureHeaders(failure, failure.requestId ?? ''),
    ...extraHeaders,
  });
  response.end(body);
}
