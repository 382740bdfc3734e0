import type { JsonObject } from '../src/model/json.ts';

/** The dialects that the bench speaks: one with nameless events, one with named ones. */
export const BENCH_DIALECTS = ['openai-chat', 'anthropic-messages'] as const;
export type BenchDialect = (typeof BENCH_DIALECTS)[number];

export const PATHS: Readonly<Record<BenchDialect, string>> = {
  'openai-chat': '/v1/chat/completions',
  'anthropic-messages': '/v1/messages',
};

const SENTENCE = 'The quick brown fox jumps over the lazy dog while the gateway looks on. ';

/** Text of about so many characters. */
export function textOf(chars: number): string {
  return SENTENCE.repeat(Math.ceil(chars / SENTENCE.length)).slice(0, chars);
}

const TOOL_PARAMETERS: JsonObject = {
  type: 'object',
  properties: {
    city: { type: 'string', description: 'Name of the city.' },
    days: { type: 'integer', minimum: 1, maximum: 14 },
  },
  required: ['city'],
};
const TOOLS = Array.from({ length: 12 }, (_, at) => ({ name: `tool_${at}`, description: textOf(120) }));

/** A conversation of about so many characters; beyond a few thousand it has turns and tools, as an agent's has. */
export function requestOf(dialect: BenchDialect, model: string, chars: number, stream: boolean): JsonObject {
  const agent = chars > 4_000;
  const turns = agent ? Math.max(2, Math.floor(chars / 2_000)) * 2 - 1 : 1;
  const messages = Array.from({ length: turns }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: textOf(Math.floor(chars / turns)),
  }));
  switch (dialect) {
    case 'openai-chat':
      return {
        model,
        messages,
        stream,
        max_tokens: 500,
        ...(stream && { stream_options: { include_usage: true } }),
        ...(agent && {
          tools: TOOLS.map((tool) => ({ type: 'function', function: { ...tool, parameters: TOOL_PARAMETERS } })),
        }),
      };
    case 'anthropic-messages':
      return {
        model,
        messages,
        stream,
        max_tokens: 500,
        ...(agent && { tools: TOOLS.map((tool) => ({ ...tool, input_schema: TOOL_PARAMETERS })) }),
      };
  }
}

/** A whole answer of about so many characters. */
export function answerOf(dialect: BenchDialect, chars: number): JsonObject {
  switch (dialect) {
    case 'openai-chat':
      return {
        id: 'chatcmpl-bench',
        object: 'chat.completion',
        created: 1_700_000_000,
        model: 'bench',
        choices: [
          { index: 0, message: { role: 'assistant', content: textOf(chars), refusal: null }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 100, completion_tokens: 200, total_tokens: 300 },
      };
    case 'anthropic-messages':
      return {
        id: 'msg_bench',
        type: 'message',
        role: 'assistant',
        model: 'bench',
        content: [{ type: 'text', text: textOf(chars) }],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage: { input_tokens: 100, output_tokens: 200 },
      };
  }
}

const sse = (value: JsonObject, event?: string) =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(value)}\n\n`;

/** A streamed answer of so many pieces of text, as events on the wire: what comes before, the piece, what comes after. */
export function streamOf(dialect: BenchDialect): { open: string; piece: string; close: string } {
  const text = textOf(24);
  if (dialect === 'openai-chat') {
    const chunk = (delta: JsonObject, finish: string | null) =>
      sse({
        id: 'chatcmpl-bench',
        object: 'chat.completion.chunk',
        created: 1_700_000_000,
        model: 'bench',
        choices: [{ index: 0, delta, finish_reason: finish }],
      });
    const usage = { prompt_tokens: 100, completion_tokens: 200, total_tokens: 300 };
    return {
      open: chunk({ role: 'assistant', content: '' }, null),
      piece: chunk({ content: text }, null),
      close: `${chunk({}, 'stop')}${sse({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'bench', choices: [], usage })}data: [DONE]\n\n`,
    };
  }
  const named = (value: JsonObject & { type: string }) => sse(value, value.type);
  const message = { ...answerOf(dialect, 0), content: [], stop_reason: null };
  return {
    open:
      named({ type: 'message_start', message }) +
      named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    piece: named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    close:
      named({ type: 'content_block_stop', index: 0 }) +
      named({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 200 } }) +
      named({ type: 'message_stop' }),
  };
}
