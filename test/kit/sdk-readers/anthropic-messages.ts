import Anthropic from '@anthropic-ai/sdk';
import { isJsonObject, type JsonValue } from '../../../src/model/json.ts';
import {
  adaptedIn,
  type FinishClass,
  PROMPT,
  type SdkAnswer,
  type SdkCall,
  type SdkQuestion,
  type SdkUsage,
  TOOL_SCHEMA,
  told,
} from './sdk-answer.ts';

/** `@anthropic-ai/sdk`: `messages.create`, and the accumulator of `messages.stream`. */
export async function readAnthropicMessages(question: SdkQuestion): Promise<SdkAnswer> {
  const client = new Anthropic({ apiKey: 'caller', baseURL: question.url, maxRetries: 0 });
  const body = {
    model: question.model,
    max_tokens: 1000,
    messages: [{ role: 'user' as const, content: PROMPT }],
    ...(question.tools.length > 0 && { tools: question.tools.map((name) => ({ name, input_schema: TOOL_SCHEMA })) }),
  };
  if (!question.stream) {
    const message = await client.messages.create({ ...body, stream: false });
    return answerOf(message, adaptedIn(message));
  }
  const stream = client.messages.stream(body);
  const adapted: string[] = [];
  stream.on('streamEvent', (event) => void adapted.push(...adaptedIn(event)));
  return answerOf(await stream.finalMessage(), adapted);
}

const OWN_FIELDS = ['text', 'thinking', 'redacted_thinking', 'tool_use'];

function answerOf({ content, stop_reason, usage }: Anthropic.Message, adapted: readonly string[]): SdkAnswer {
  const choice = {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    // The words of a refusal are text here.
    refusal: '',
    reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: content.flatMap((block): SdkCall[] =>
      block.type === 'tool_use' ? [{ name: block.name, arguments: inputOf(block.input as JsonValue) }] : [],
    ),
    finish: classOf(stop_reason),
    native: String(stop_reason),
    others: content.map(({ type }) => type as string).filter((type) => !OWN_FIELDS.includes(type)),
  };
  return { choices: [choice], usage: usageOf(usage), adapted };
}

function inputOf(input: JsonValue): JsonValue {
  return isJsonObject(input) ? input : {};
}

function classOf(word: string | null): FinishClass {
  switch (word) {
    case 'end_turn':
    case 'stop_sequence':
      return 'stop';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'tool_use':
      return 'tool-calls';
    case 'refusal':
      return 'filtered';
    case 'pause_turn':
      return 'pause';
    default:
      return 'other';
  }
}

/** `input_tokens` leaves out what was read from or written to the cache. */
function usageOf(usage: Anthropic.Usage): SdkUsage {
  const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = usage;
  return told({
    input: input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0),
    output: output_tokens,
    cached: cache_read_input_tokens,
    cacheWrite: cache_creation_input_tokens,
    reasoning: usage.output_tokens_details?.thinking_tokens,
  });
}
