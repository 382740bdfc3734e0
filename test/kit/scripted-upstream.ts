import { type Upstream, type UpstreamAnswer, UpstreamFault, type UpstreamRequest } from '../../src/engine/ports.ts';
import type { Fault } from '../../src/model/fault.ts';
import type { JsonValue } from '../../src/model/json.ts';
import type { StopSignal } from '../../src/model/stop-signal.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a scripted provider does with one request, in virtual time. Frames are those of `openai-chat`. */
export type Act =
  | {
      readonly kind: 'answer';
      readonly text: string;
      readonly afterMs?: number;
      readonly gapMs?: number;
      readonly pieces?: number;
      readonly headers?: Record<string, string>;
      /** What the answer calls its model; the one asked for where left out. */
      readonly model?: string;
    }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
      readonly afterMs?: number;
    }
  /** A whole body, whatever was asked. */
  | { readonly kind: 'json'; readonly value: JsonValue; readonly afterMs?: number }
  | { readonly kind: 'fault'; readonly fault: Fault; readonly afterMs?: number }
  | { readonly kind: 'hang' }
  /** Headers and role chunk, then the first `pieces` of the text, then silence, or the fault. */
  | {
      readonly kind: 'breaks';
      readonly text: string;
      readonly pieces: number;
      readonly fault?: Fault;
      readonly model?: string;
    };

export type Script = (request: UpstreamRequest, nth: number) => Act;

/** Providers in virtual time: real dialect, no socket. */
export class ScriptedUpstream implements Upstream {
  readonly requests: UpstreamRequest[] = [];
  readonly active = new Map<string, number>();
  readonly maxActive = new Map<string, number>();
  readonly #clock: VirtualClock;
  readonly #scripts: Record<string, Script>;

  constructor(clock: VirtualClock, scripts: Record<string, Script>) {
    this.#clock = clock;
    this.#scripts = scripts;
  }

  to(targetId: string): UpstreamRequest[] {
    return this.requests.filter((request) => request.target.id === targetId);
  }

  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    request.signal.throwIfAborted();
    this.requests.push(request);
    const id = request.target.id;
    const script = this.#scripts[id];
    if (!script) throw new Error(`no script for ${id}`);
    const act = script(request, this.to(id).length);
    const leave = this.#enter(id);
    request.signal.addEventListener('abort', leave, { once: true });
    const answer = await this.#act(request, act);
    if (answer.kind !== 'stream') {
      leave();
      return answer;
    }
    return { ...answer, frames: untilOver(answer.frames, leave) };
  }

  async #act(asked: UpstreamRequest, act: Act): Promise<UpstreamAnswer> {
    const request = 'model' in act && act.model !== undefined ? answering(asked, act.model) : asked;
    switch (act.kind) {
      case 'hang':
        return new Promise((_, reject) =>
          request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true }),
        );
      case 'status':
        await this.#wait(act.afterMs ?? 0, request.signal);
        return {
          kind: 'refused',
          response: {
            status: act.status,
            headers: act.headers ?? {},
            body: act.body ?? '{"error":{"message":"scripted"}}',
          },
        };
      case 'fault':
        await this.#wait(act.afterMs ?? 0, request.signal);
        throw new UpstreamFault(act.fault);
      case 'json':
        await this.#wait(act.afterMs ?? 0, request.signal);
        return { kind: 'body', status: 200, headers: {}, value: act.value };
      case 'answer':
        await this.#wait(act.afterMs ?? 0, request.signal);
        if (!request.stream)
          return {
            kind: 'body',
            status: 200,
            headers: act.headers ?? {},
            value: completion(act.text, request.target.model),
          };
        return {
          kind: 'stream',
          status: 200,
          headers: act.headers ?? {},
          frames: this.#frames(request, act.text, { pieces: act.pieces ?? 4, gapMs: act.gapMs ?? 0 }),
        };
      case 'breaks':
        return { kind: 'stream', status: 200, headers: {}, frames: this.#broken(request, act) };
    }
  }

  /** Gives the function that ends it, however often it is called. */
  #enter(id: string): () => void {
    const active = (this.active.get(id) ?? 0) + 1;
    this.active.set(id, active);
    this.maxActive.set(id, Math.max(active, this.maxActive.get(id) ?? 0));
    let over = false;
    return () => {
      if (!over) this.active.set(id, (this.active.get(id) ?? 1) - 1);
      over = true;
    };
  }

  #wait(ms: number, signal: StopSignal): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.setTimer(ms, resolve);
      signal.addEventListener(
        'abort',
        () => {
          cancel();
          reject(signal.reason);
        },
        { once: true },
      );
    });
  }

  async *#frames(
    request: UpstreamRequest,
    text: string,
    how: { pieces: number; gapMs: number },
  ): AsyncIterable<readonly SseFrame[]> {
    yield [chunk(request, { role: 'assistant' }, null)];
    for (const piece of split(text, how.pieces)) {
      await this.#wait(how.gapMs, request.signal);
      yield [chunk(request, { content: piece }, null)];
    }
    yield [chunk(request, {}, 'stop'), usageChunk(request), { kind: 'sse', data: '[DONE]' }];
  }

  async *#broken(request: UpstreamRequest, act: Extract<Act, { kind: 'breaks' }>): AsyncIterable<readonly SseFrame[]> {
    yield [chunk(request, { role: 'assistant' }, null)];
    for (const piece of split(act.text, 4).slice(0, act.pieces)) yield [chunk(request, { content: piece }, null)];
    if (act.fault) throw new UpstreamFault(act.fault);
    await this.#wait(Number.MAX_SAFE_INTEGER, request.signal);
  }
}

function answering(request: UpstreamRequest, model: string): UpstreamRequest {
  return { ...request, target: { ...request.target, model } };
}

/** The same frames; tells when nobody reads them any more. */
async function* untilOver<T>(frames: AsyncIterable<T>, over: () => void): AsyncIterable<T> {
  try {
    yield* frames;
  } finally {
    over();
  }
}

function split(text: string, pieces: number): string[] {
  const size = Math.max(1, Math.ceil(text.length / pieces));
  return Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
}

function chunk(request: UpstreamRequest, delta: object, finish: string | null): SseFrame {
  const body = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: request.target.model,
    choices: [{ index: 0, delta, finish_reason: finish }],
  };
  return { kind: 'sse', data: JSON.stringify(body) };
}

function usageChunk(request: UpstreamRequest): SseFrame {
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  return {
    kind: 'sse',
    data: JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: request.target.model,
      choices: [],
      usage,
    }),
  };
}

function completion(text: string, model: string) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  };
}
