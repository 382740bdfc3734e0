import type { ServedTier } from '../../src/model/chat-event.ts';
import type { DialectName } from '../../src/model/dialect-name.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { ChosenToken, TokenLogprob } from '../../src/model/logprob.ts';
import type { Usage } from '../../src/model/usage.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';

/** The same answer as each vendor would write it, with all that its API can say beside the text. */
export interface CitedAnswer {
  readonly body: JsonObject;
  readonly frames: readonly SseFrame[];
  /** What of the rest this API tells. */
  readonly tells: {
    readonly logprobs: boolean;
    /** Backed are these words; of the block in which a vendor puts them. */
    readonly backed: string;
    readonly quote: boolean;
    readonly tier: ServedTier;
    readonly usage: Usage;
    readonly stopSequence: boolean;
  };
}

const BEFORE = 'In Oslo 🌍 it is ';
const BACKED = '21 °C';
const AFTER = ' today.';
export const CITED_TEXT = BEFORE + BACKED + AFTER;
export const CITED_URL = 'https://weather.example/oslo';
export const CITED_TITLE = 'Weather in Oslo';
const QUOTE = 'Oslo: 21 °C';

export const CITED_TOKENS: readonly ChosenToken[] = [
  {
    token: 'In',
    logprob: -0.5,
    top: [
      { token: 'In', logprob: -0.5 },
      { token: 'At', logprob: -1.25 },
    ],
  },
  { token: ' Oslo', logprob: 0, top: [] },
];

const points = (text: string) => [...text].length;
const bytes = (text: string) => Buffer.byteLength(text);

const bare = ({ token, logprob }: TokenLogprob) => ({ token, logprob });
const wireTokens = CITED_TOKENS.map(({ top, ...chosen }) => ({
  ...bare(chosen),
  bytes: null,
  top_logprobs: top.map(bare),
}));
const data = (value: JsonObject): SseFrame => ({ kind: 'sse', data: JSON.stringify(value) });
const named = (value: JsonObject & { readonly type: string }): SseFrame => ({ ...data(value), event: value.type });

function openaiChat(): CitedAnswer {
  const url_citation = {
    start_index: points(BEFORE),
    end_index: points(BEFORE + BACKED),
    title: CITED_TITLE,
    url: CITED_URL,
  };
  const annotations = [{ type: 'url_citation', url_citation }];
  const logprobs = { content: wireTokens, refusal: null };
  const usage = {
    prompt_tokens: 40,
    completion_tokens: 30,
    total_tokens: 70,
    prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 5, audio_tokens: 8 },
    completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 0 },
  };
  const head = { id: 'c', model: 'm', service_tier: 'priority', system_fingerprint: 'fp' };
  const chunk = (delta: JsonObject, more: JsonObject = {}, rest: JsonObject = {}) =>
    data({ ...head, choices: [{ index: 0, delta, finish_reason: null, ...more }], ...rest });
  return {
    body: {
      ...head,
      object: 'chat.completion',
      choices: [
        { index: 0, message: { role: 'assistant', content: CITED_TEXT, annotations }, logprobs, finish_reason: 'stop' },
      ],
      usage,
    },
    frames: [
      chunk({ role: 'assistant', content: BEFORE }, { logprobs }),
      chunk({ content: BACKED + AFTER }),
      chunk({ annotations }),
      chunk({}, { finish_reason: 'stop' }),
      data({ ...head, choices: [], usage }),
    ],
    tells: {
      logprobs: true,
      backed: BACKED,
      quote: false,
      tier: 'priority',
      usage: {
        inputTokens: 40,
        cachedInputTokens: 10,
        cacheWriteTokens: 5,
        audioInputTokens: 8,
        outputTokens: 30,
        reasoningTokens: 20,
      },
      stopSequence: false,
    },
  };
}

function openaiResponses(): CitedAnswer {
  const range = { start_index: points(BEFORE), end_index: points(BEFORE + BACKED) };
  const annotation = { type: 'url_citation', ...range, title: CITED_TITLE, url: CITED_URL };
  const part = { type: 'output_text', text: CITED_TEXT, annotations: [annotation], logprobs: wireTokens };
  const item = { type: 'message', id: 'msg', role: 'assistant', status: 'completed', content: [part] };
  const body = {
    id: 'r',
    object: 'response',
    model: 'm',
    status: 'completed',
    service_tier: 'flex',
    output: [item],
    usage: {
      input_tokens: 40,
      input_tokens_details: { cached_tokens: 10, cache_write_tokens: 5 },
      output_tokens: 30,
      output_tokens_details: { reasoning_tokens: 20 },
      total_tokens: 70,
    },
  };
  const place = { item_id: 'msg', output_index: 0, content_index: 0 };
  return {
    body,
    frames: [
      named({ type: 'response.created', response: { ...body, status: 'in_progress', output: [], usage: null } }),
      named({ type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } }),
      named({ type: 'response.output_text.delta', ...place, delta: BEFORE, logprobs: wireTokens }),
      named({ type: 'response.output_text.delta', ...place, delta: BACKED + AFTER, logprobs: [] }),
      named({ type: 'response.output_text.annotation.added', ...place, annotation_index: 0, annotation }),
      named({ type: 'response.output_item.done', output_index: 0, item }),
      named({ type: 'response.completed', response: body }),
    ],
    tells: {
      logprobs: true,
      backed: BACKED,
      quote: false,
      tier: 'flex',
      usage: { inputTokens: 40, cachedInputTokens: 10, cacheWriteTokens: 5, outputTokens: 30, reasoningTokens: 20 },
      stopSequence: false,
    },
  };
}

function anthropicMessages(): CitedAnswer {
  const citation = {
    type: 'web_search_result_location',
    url: CITED_URL,
    title: CITED_TITLE,
    cited_text: QUOTE,
    encrypted_index: 'sealed',
  };
  const input = { input_tokens: 25, cache_read_input_tokens: 10, cache_creation_input_tokens: 5 };
  const advice = { type: 'advisor_message', input_tokens: 6, output_tokens: 4 };
  const usage = {
    ...input,
    cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 },
    iterations: [{ type: 'message', ...input, output_tokens: 30 }, advice],
    output_tokens: 30,
    output_tokens_details: { thinking_tokens: 20 },
    service_tier: 'priority',
  };
  const message = { type: 'message', id: 'm1', role: 'assistant', model: 'm' };
  const end = { stop_reason: 'stop_sequence', stop_sequence: 'END' };
  const texts = [BEFORE, BACKED, AFTER];
  const block = (index: number, given: JsonObject[]): SseFrame[] => [
    named({ type: 'content_block_start', index, content_block: { type: 'text', text: '' } }),
    ...given.map((delta) => named({ type: 'content_block_delta', index, delta })),
    named({ type: 'content_block_stop', index }),
  ];
  const said = (text: string) => ({ type: 'text_delta', text });
  return {
    body: {
      ...message,
      ...end,
      content: texts.map((text) => ({ type: 'text', text, citations: text === BACKED ? [citation] : null })),
      usage,
    },
    frames: [
      named({ type: 'message_start', message: { ...message, content: [], usage: { ...usage, output_tokens: 1 } } }),
      ...block(0, [said(BEFORE)]),
      ...block(1, [{ type: 'citations_delta', citation }, said(BACKED)]),
      ...block(2, [said(AFTER)]),
      named({ type: 'message_delta', delta: end, usage }),
      named({ type: 'message_stop' }),
    ],
    tells: {
      logprobs: false,
      backed: BACKED,
      quote: true,
      tier: 'priority',
      usage: {
        inputTokens: 40,
        cachedInputTokens: 10,
        cacheWriteTokens: 5,
        cacheWriteHourTokens: 3,
        outputTokens: 30,
        reasoningTokens: 20,
        besideTokens: 10,
      },
      stopSequence: true,
    },
  };
}

function geminiGenerate(): CitedAnswer {
  const segment = { startIndex: bytes(BEFORE), endIndex: bytes(BEFORE + BACKED), text: BACKED };
  const groundingMetadata = {
    groundingChunks: [{ web: { uri: CITED_URL, title: CITED_TITLE } }],
    groundingSupports: [{ segment, groundingChunkIndices: [0] }],
  };
  const chosen = CITED_TOKENS.map(({ token, logprob }) => ({
    token,
    ...(logprob !== 0 && { logProbability: logprob }),
  }));
  const logprobsResult = {
    chosenCandidates: chosen,
    topCandidates: CITED_TOKENS.map(({ top }) => ({
      candidates: top.map(({ token, logprob }) => ({ token, logProbability: logprob })),
    })),
  };
  const usageMetadata = {
    promptTokenCount: 33,
    toolUsePromptTokenCount: 7,
    cachedContentTokenCount: 10,
    candidatesTokenCount: 10,
    thoughtsTokenCount: 20,
    totalTokenCount: 70,
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: 25 },
      { modality: 'AUDIO', tokenCount: 8 },
    ],
    candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 10 }],
    serviceTier: 'flex',
  };
  const response = (text: string, more: JsonObject = {}) => ({
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...more }],
    usageMetadata,
    modelVersion: 'm',
    responseId: 'g',
  });
  const end = { finishReason: 'STOP', groundingMetadata };
  return {
    body: response(CITED_TEXT, { ...end, logprobsResult }),
    frames: [
      data(response(BEFORE, { logprobsResult, groundingMetadata: {} })),
      data(response(BACKED)),
      data(response(AFTER, end)),
    ],
    tells: {
      logprobs: true,
      backed: BACKED,
      quote: false,
      tier: 'flex',
      usage: {
        inputTokens: 40,
        cachedInputTokens: 10,
        audioInputTokens: 8,
        outputTokens: 30,
        reasoningTokens: 20,
        audioOutputTokens: 10,
      },
      stopSequence: false,
    },
  };
}

export const CITED_ANSWERS: Readonly<Record<DialectName, CitedAnswer>> = {
  'openai-chat': openaiChat(),
  'openai-responses': openaiResponses(),
  'anthropic-messages': anthropicMessages(),
  'gemini-generate': geminiGenerate(),
};
