import type { UpstreamRequest } from '../../src/engine/ports.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';

/** What is wanted of an answer, as a provider reads it off the request. */
export type AnswerForm =
  | { readonly kind: 'text' }
  | { readonly kind: 'tool'; readonly name: string }
  | { readonly kind: 'json' };

/** One answer in the words of `openai-chat`, before it is put into frames. */
export interface VirtualAnswer {
  readonly form: AnswerForm;
  /** Pieces of content, in order: of text, of JSON, or of a tool call's arguments. */
  readonly pieces: readonly string[];
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Tokens that one piece of content stands for. */
const TOKENS_A_PIECE = 8;
const TOKENS_OF_PROMPT = 12;

/**
 * The pieces name who wrote them (`by`) and which of how many each is, so that a reader can tell a whole answer from a
 * part and one answer from two.
 */
export function answerOf(form: AnswerForm, by: string, count: number): VirtualAnswer {
  return {
    form,
    pieces: piecesOf(form, by, count),
    inputTokens: TOKENS_OF_PROMPT,
    outputTokens: count * TOKENS_A_PIECE,
  };
}

function piecesOf(form: AnswerForm, by: string, count: number): string[] {
  const words = Array.from({ length: count }, (_, at) => `${by}.${at}/${count} `);
  if (form.kind === 'text') return words;
  const inner = words.map((word, at) => (at === 0 ? `{"said":"${word}` : word));
  inner[count - 1] = `${inner[count - 1] ?? ''}"}`;
  return inner;
}

/** A complete answer that breaks its contract: prose for JSON, a tool that nobody offered, nothing at all. */
export function contractBreaker(form: AnswerForm, by: string): VirtualAnswer {
  const tokens = { inputTokens: TOKENS_OF_PROMPT, outputTokens: TOKENS_A_PIECE };
  switch (form.kind) {
    case 'json':
      return { form: { kind: 'text' }, pieces: [`${by}: certainly, here it is`], ...tokens };
    case 'tool':
      return { form: { kind: 'tool', name: 'nobody_offered_this' }, pieces: ['{"said":"no"}'], ...tokens };
    case 'text':
      return { form, pieces: [], ...tokens };
  }
}

/** The form that a body of `openai-chat` asks for: a tool where tools are there, JSON where a schema is. */
export function formOf(body: JsonObject): AnswerForm {
  const [tool] = Array.isArray(body.tools) ? body.tools : [];
  if (isJsonObject(tool) && isJsonObject(tool.function) && typeof tool.function.name === 'string') {
    return { kind: 'tool', name: tool.function.name };
  }
  return body.response_format === undefined ? { kind: 'text' } : { kind: 'json' };
}

/** Frames of one streamed answer: frame 0 opens it, then one a piece, then the end in one read. */
export function framesOf(answer: VirtualAnswer, model: string, at: number): readonly SseFrame[] {
  const head = `{"id":"chatcmpl-v","object":"chat.completion.chunk","created":1,"model":${JSON.stringify(model)},"choices":`;
  const chunk = (delta: string, finish: string): SseFrame => ({
    kind: 'sse',
    data: `${head}[{"index":0,"delta":${delta},"finish_reason":${finish}}]}`,
  });
  const { form, pieces } = answer;
  if (at === 0) {
    if (form.kind !== 'tool') return [chunk('{"role":"assistant","content":""}', 'null')];
    const call = { index: 0, id: 'call_v', type: 'function', function: { name: form.name, arguments: '' } };
    return [chunk(JSON.stringify({ role: 'assistant', content: null, tool_calls: [call] }), 'null')];
  }
  const piece = pieces[at - 1];
  if (piece !== undefined) {
    const words = JSON.stringify(piece);
    if (form.kind !== 'tool') return [chunk(`{"content":${words}}`, 'null')];
    return [chunk(`{"tool_calls":[{"index":0,"function":{"arguments":${words}}}]}`, 'null')];
  }
  const usage: SseFrame = { kind: 'sse', data: `${head}[],"usage":${JSON.stringify(usageOf(answer))}}` };
  return [chunk('{}', form.kind === 'tool' ? '"tool_calls"' : '"stop"'), usage, { kind: 'sse', data: '[DONE]' }];
}

/** The same answer whole. */
export function bodyOf(answer: VirtualAnswer, model: string): JsonValue {
  const { form, pieces } = answer;
  const words = pieces.join('');
  const message: JsonObject =
    form.kind === 'tool'
      ? {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_v', type: 'function', function: { name: form.name, arguments: words } }],
        }
      : { role: 'assistant', content: words };
  const finish = form.kind === 'tool' ? 'tool_calls' : 'stop';
  return {
    id: 'chatcmpl-v',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: usageOf(answer),
  };
}

function usageOf({ inputTokens, outputTokens }: VirtualAnswer) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

/**
 * How a meter knows whose request it saw: by what the caller put into `user`, else by the name in its words, because
 * what a gateway asks on its own account has the caller's conversation and none of its fields.
 */
export function askedBy({ body }: UpstreamRequest): string {
  if (typeof body.user === 'string') return body.user;
  return /Say it, (\w+)\./.exec(JSON.stringify(body.messages ?? ''))?.[1] ?? '';
}
