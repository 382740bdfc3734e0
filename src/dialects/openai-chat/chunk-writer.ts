import { AnswerCollector } from '../../model/answer.ts';
import type { ChatEvent, FinishReason, ServedTier } from '../../model/chat-event.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { Citation } from '../../model/citation.ts';
import { CitedText } from '../../model/cited-text.ts';
import type { AnswerContext } from '../../model/dialect.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Usage } from '../../model/usage.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { writeLogprobs } from '../common/openai-logprobs.ts';
import { openaiTier } from '../common/served-tier.ts';
import { ArgumentText } from '../common/text-arguments.ts';
import { textToolNames } from '../common/text-tools.ts';
import { writeAnnotations } from './annotations.ts';
import { carriedCallState, carriedDetails, ownDetails } from './carried-state.ts';
import { writeFinish } from './finish-reasons.ts';
import { writeUsage } from './usage.ts';
import type { WireChunk } from './wire.ts';

type Delta = WireChunk['choices'][number]['delta'];

/** The caller wrote `functions`, the form before `tools`, and can read no other. */
export function usesLegacyFunctions(request: ChatRequest): boolean {
  const { functions, tools } = request.original;
  return request.dialect === 'openai-chat' && Array.isArray(functions) && !Array.isArray(tools);
}

/** Writes events as chunks of our own making. */
export class ChunkWriter {
  readonly #created: number;
  readonly #legacy: boolean;
  readonly #opened = new Set<number>();
  /** Calls that were begun and have no arguments yet, as `choice:index`. */
  readonly #silentCalls = new Set<string>();
  /** The caller's tools that take free text, and the calls of them that are open. */
  readonly #textTools: ReadonlySet<string>;
  readonly #texts = new Map<string, ArgumentText>();
  readonly #thinking = new Map<number, AnswerCollector>();
  readonly #carriesState: boolean;
  /** What has been said and cited, by choice: clients keep one list of annotations, so that it goes out once. */
  readonly #cited = new Map<number, { readonly text: CitedText; readonly citations: Citation[] }>();
  #id: string;
  #model: string;
  #tier: ServedTier | undefined;
  #fingerprint: string | undefined;

  constructor(context: AnswerContext) {
    this.#created = context.createdAt;
    this.#legacy = usesLegacyFunctions(context.request);
    this.#textTools = textToolNames(context.request);
    this.#carriesState = context.annotate;
    this.#id = `chatcmpl-${context.requestId}`;
    this.#model = context.model;
  }

  /** Chunks that follow forwarded ones bear their id. */
  identify(id: string | undefined, model: string | undefined): void {
    if (id !== undefined) this.#id = id;
    if (model !== undefined) this.#model = model;
  }

  write(event: ChatEvent): SseFrame[] {
    if (event.type === 'reasoning' && this.#carriesState) this.#keepThinking(event);
    this.follow(event);
    if (event.type === 'logprobs') return [this.#logprobs(event)];
    const delta = this.#delta(event);
    return delta === undefined ? [] : [this.#content(event.choice ?? 0, delta)];
  }

  finish(choice: number, reason: FinishReason, understudy: JsonObject | undefined): SseFrame {
    const finish_reason = writeFinish(reason, this.#legacy);
    // An answer may end without a word (filtered, or all tokens spent on thinking); clients refuse one without a role.
    const opening: Delta = this.#opened.has(choice) ? {} : { role: 'assistant', content: '' };
    // In one piece: client libraries do not agree on how pieces of unknown lists are put together.
    const details = carriedDetails(this.#thinking.get(choice)?.answer().parts ?? []);
    const cited = this.#cited.get(choice);
    const annotations = cited ? writeAnnotations(cited.citations, cited.text) : [];
    const delta: Delta = {
      ...opening,
      ...(details.length > 0 && { reasoning_details: details }),
      ...(annotations.length > 0 && { annotations }),
    };
    return this.#frame({ choices: [{ index: choice, delta, finish_reason }], ...(understudy && { understudy }) });
  }

  usage(usage: Usage): SseFrame[] {
    const written = writeUsage(usage);
    return written === undefined ? [] : [this.#frame({ choices: [], usage: written })];
  }

  /** A chunk without content; clients pass over keys that they do not know. */
  note(understudy: JsonObject): SseFrame {
    return this.#frame({ choices: [{ index: 0, delta: {}, finish_reason: null }], understudy });
  }

  #delta(event: ChatEvent): Delta | undefined {
    switch (event.type) {
      case 'text':
        return event.text === '' ? undefined : { content: event.text };
      case 'refusal':
        return event.text === '' ? undefined : { refusal: event.text };
      case 'reasoning':
        return this.#think(event);
      case 'tool-call-start':
        return this.#beginCall(event);
      case 'tool-call-delta':
        return event.json === '' ? undefined : this.#argue(event);
      case 'tool-call-end':
        return this.#endCall(event);
      case 'start':
      case 'citation':
      case 'logprobs':
      case 'foreign':
      case 'usage':
      case 'finish':
      case 'fault':
      case 'switch':
      case 'note':
        return undefined;
    }
  }

  /** Text that was forwarded counts too where citations come after it. */
  follow(event: ChatEvent): void {
    if (event.type === 'start') {
      this.#tier = event.serviceTier ?? this.#tier;
      this.#fingerprint = event.fingerprint ?? this.#fingerprint;
    }
    if (event.type !== 'text' && event.type !== 'citation') return;
    const choice = event.choice ?? 0;
    const cited = this.#cited.get(choice) ?? { text: new CitedText(), citations: [] };
    this.#cited.set(choice, cited);
    if (event.type === 'text') cited.text.add(event.text);
    else cited.citations.push(event.citation);
  }

  #logprobs({ of, tokens, choice = 0 }: Extract<ChatEvent, { type: 'logprobs' }>): SseFrame {
    const written = writeLogprobs(tokens);
    const logprobs = of === 'text' ? { content: written, refusal: null } : { content: null, refusal: written };
    return this.#frame({ choices: [{ index: choice, delta: {}, logprobs, finish_reason: null }] });
  }

  #beginCall(event: Extract<ChatEvent, { type: 'tool-call-start' }>): Delta {
    const { index, id, name } = event;
    const state = this.#carriesState ? carriedCallState(event.opaque) : {};
    if (this.#textTools.has(name)) {
      this.#texts.set(keyOf(event), new ArgumentText());
      return { tool_calls: [{ index, id, type: 'custom', custom: { name, input: '' }, ...state }] };
    }
    this.#silentCalls.add(keyOf(event));
    const called = { name, arguments: '' };
    if (this.#legacy) return { function_call: called };
    return { tool_calls: [{ index, id, type: 'function', function: called, ...state }] };
  }

  #endCall(event: Extract<ChatEvent, { type: 'tool-call-end' }>): Delta | undefined {
    const text = this.#texts.get(keyOf(event));
    if (text !== undefined) return writeText(event.index, text.end());
    // An empty text is no JSON, and clients parse the arguments.
    return this.#silentCalls.has(keyOf(event)) ? this.#argue({ ...event, json: '{}' }) : undefined;
  }

  #think({ text, opaque }: Extract<ChatEvent, { type: 'reasoning' }>): Delta | undefined {
    const details = this.#carriesState ? ownDetails(opaque) : {};
    return text === '' && details.reasoning_details === undefined
      ? undefined
      : { ...(text !== '' && { reasoning_content: text }), ...details };
  }

  #keepThinking(event: Extract<ChatEvent, { type: 'reasoning' }>): void {
    const choice = event.choice ?? 0;
    const kept = this.#thinking.get(choice) ?? new AnswerCollector();
    kept.push(event);
    this.#thinking.set(choice, kept);
  }

  #argue(event: { readonly index: number; readonly json: string; readonly choice?: number }): Delta | undefined {
    const text = this.#texts.get(keyOf(event));
    if (text !== undefined) return writeText(event.index, text.push(event.json));
    this.#silentCalls.delete(keyOf(event));
    if (this.#legacy) return { function_call: { arguments: event.json } };
    return { tool_calls: [{ index: event.index, function: { arguments: event.json } }] };
  }

  #content(choice: number, content: Delta): SseFrame {
    const first = !this.#opened.has(choice);
    this.#opened.add(choice);
    const delta: Delta = first
      ? { role: 'assistant', ...(content.content === undefined && { content: null }), ...content }
      : content;
    return this.#frame({ choices: [{ index: choice, delta, finish_reason: null }] });
  }

  #frame(rest: Pick<WireChunk, 'choices' | 'usage' | 'understudy'>): SseFrame {
    const tier = openaiTier(this.#tier);
    const chunk: WireChunk = {
      id: this.#id,
      object: 'chat.completion.chunk',
      created: this.#created,
      model: this.#model,
      ...(tier && { service_tier: tier }),
      ...(this.#fingerprint !== undefined && { system_fingerprint: this.#fingerprint }),
      ...rest,
    };
    return { kind: 'sse', data: JSON.stringify(chunk) };
  }
}

function writeText(index: number, input: string): Delta | undefined {
  return input === '' ? undefined : { tool_calls: [{ index, custom: { input } }] };
}

function keyOf(event: { readonly index: number; readonly choice?: number }): string {
  return `${event.choice ?? 0}:${event.index}`;
}
