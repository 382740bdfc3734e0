import type { JsonObject, JsonValue } from '../src/model/json.ts';

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

/** What is asked: a conversation of some size, with tools where it is said. */
export interface Asked {
  /** Of the conversation, about. */
  readonly chars: number;
  readonly stream: boolean;
  readonly talk: Talk;
}

/** `question`: one message. `chat`: turns of text, and tools offered. `agent`: tools called, with their results. */
export type Talk = 'question' | 'chat' | 'agent';

const TURN_CHARS = 1_000;

export function requestOf(dialect: BenchDialect, model: string, asked: Asked): JsonObject {
  const { stream, talk } = asked;
  const messages = talk === 'agent' ? agentMessages(dialect, asked.chars) : textMessages(asked);
  const body: Record<string, JsonValue> = { model, messages, stream, max_tokens: 500 };
  if (stream && dialect === 'openai-chat') body.stream_options = { include_usage: true };
  if (talk !== 'question') body.tools = TOOLS.map((tool) => toolOf(dialect, tool));
  return body;
}

function toolOf(dialect: BenchDialect, tool: (typeof TOOLS)[number]): JsonObject {
  return dialect === 'openai-chat'
    ? { type: 'function', function: { ...tool, parameters: TOOL_PARAMETERS } }
    : { ...tool, input_schema: TOOL_PARAMETERS };
}

function textMessages({ chars, talk }: Asked): JsonObject[] {
  const turns = talk === 'question' ? 1 : Math.max(2, Math.floor(chars / 2 / TURN_CHARS)) * 2 - 1;
  return Array.from({ length: turns }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: textOf(Math.floor(chars / turns)),
  }));
}

/** As a tool tells it: lines, quotes and backslashes, which JSON has to escape. */
const SOURCE_LINE = 'if (name === "C:\\\\temp") {\n\treturn lines.join(\'\\n\');\n}\n';

function sourceOf(chars: number): string {
  return SOURCE_LINE.repeat(Math.ceil(chars / SOURCE_LINE.length)).slice(0, chars);
}

/** A step of an agent: it says what it wants, calls a tool, and is given a file. */
const STEP_CHARS = { said: 200, result: 2_300 };

function agentMessages(dialect: BenchDialect, chars: number): JsonObject[] {
  const steps = Math.max(1, Math.floor(chars / (STEP_CHARS.said + STEP_CHARS.result)));
  const task = { role: 'user', content: textOf(STEP_CHARS.said) };
  return [task, ...Array.from({ length: steps }, (_, at) => stepOf(dialect, at)).flat()];
}

function stepOf(dialect: BenchDialect, at: number): JsonObject[] {
  const id = `call_${at}`;
  const name = TOOLS[at % TOOLS.length]?.name ?? '';
  const input = { city: `place ${at}`, days: (at % 14) + 1 };
  const [said, result] = [textOf(STEP_CHARS.said), sourceOf(STEP_CHARS.result)];
  switch (dialect) {
    case 'openai-chat': {
      const call = { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
      return [
        { role: 'assistant', content: said, tool_calls: [call] },
        { role: 'tool', tool_call_id: id, content: result },
      ];
    }
    case 'anthropic-messages':
      return [
        {
          role: 'assistant',
          content: [
            { type: 'text', text: said },
            { type: 'tool_use', id, name, input },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: result }] },
      ];
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
