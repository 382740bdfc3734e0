import OpenAI from 'openai';
import {
  adaptedIn,
  type FinishClass,
  PROMPT,
  readArguments,
  type SdkAnswer,
  type SdkCall,
  type SdkChoice,
  type SdkQuestion,
  type SdkUsage,
  TOOL_SCHEMA,
  text,
  told,
  untyped,
} from './sdk-answer.ts';

type Message = OpenAI.ChatCompletionMessage;
type Chunk = OpenAI.ChatCompletionChunk;
type Delta = Chunk['choices'][number]['delta'];

/** `openai`: `chat.completions.create`, and the accumulator of `chat.completions.stream`. */
export async function readOpenaiChat(question: SdkQuestion): Promise<SdkAnswer> {
  const client = new OpenAI({ apiKey: 'caller', baseURL: `${question.url}/v1`, maxRetries: 0 });
  const body = bodyOf(question);
  if (!question.stream) return readWhole(await client.chat.completions.create({ ...body, stream: false }));
  const asked = { ...body, stream: true as const, stream_options: { include_usage: true } };
  const chunks: Chunk[] = [];
  if (question.lenient) {
    for await (const chunk of await client.chat.completions.create(asked)) chunks.push(chunk);
    return readChunks(chunks);
  }
  const stream = client.chat.completions.stream(asked);
  stream.on('chunk', (chunk) => void chunks.push(chunk));
  const whole = readWhole(await stream.finalChatCompletion());
  // The accumulator keeps only the last piece of a field that it has no type for.
  const pieces = readChunks(chunks);
  const choices = whole.choices.map((choice, at) => ({ ...choice, reasoning: pieces.choices[at]?.reasoning ?? '' }));
  return { ...whole, choices, adapted: pieces.adapted };
}

function bodyOf({ model, tools, alternatives }: SdkQuestion): OpenAI.ChatCompletionCreateParams {
  return {
    model,
    messages: [{ role: 'user', content: PROMPT }],
    ...(alternatives > 1 && { n: alternatives }),
    ...(tools.length > 0 && {
      tools: tools.map((name) => ({ type: 'function', function: { name, parameters: TOOL_SCHEMA } })),
    }),
  };
}

function readWhole(answer: OpenAI.ChatCompletion): SdkAnswer {
  // Errors under status 200 have no choices; a user of the SDK fails on that.
  const choices = answer.choices.map(({ message, finish_reason }) => {
    const { text: said, others } = contentOf(message.content);
    const refusal = message.refusal ?? '';
    return choiceOf({
      text: said,
      refusal,
      reasoning: thinking(message),
      calls: callsOf(message),
      native: finish_reason ?? '',
      others: [...others, ...othersOf(message)],
    });
  });
  return { choices, usage: usageOf(answer.usage), adapted: adaptedIn(answer) };
}

interface Draft {
  text: string;
  refusal: string;
  reasoning: string;
  readonly calls: Map<string, { name: string; json: string }>;
  native: string;
  readonly others: string[];
}

/** The pieces, added up as any user of the plain iterator would. */
function readChunks(chunks: readonly Chunk[]): SdkAnswer {
  const drafts = new Map<number, Draft>();
  let usage: SdkUsage = {};
  for (const chunk of chunks) {
    for (const { index, delta, finish_reason } of chunk.choices ?? []) {
      const known = drafts.get(index);
      const draft = known ?? { text: '', refusal: '', reasoning: '', calls: new Map(), native: '', others: [] };
      drafts.set(index, draft);
      if (delta) addDelta(draft, delta);
      draft.native = finish_reason ?? draft.native;
    }
    if (chunk.usage) usage = { ...usage, ...usageOf(chunk.usage) };
  }
  const sorted = [...drafts].sort(([a], [b]) => a - b).map(([, draft]) => draft);
  const choices = sorted.map(({ calls, ...draft }) => {
    const named = [...calls.values()].filter(({ name }) => name !== '');
    return choiceOf({ ...draft, calls: named.map(({ name, json }) => ({ name, arguments: readArguments(json) })) });
  });
  return { choices, usage, adapted: adaptedIn(...chunks) };
}

function addDelta(draft: Draft, delta: Delta): void {
  const { text: said, others } = contentOf(delta.content);
  draft.text += said;
  draft.refusal += delta.refusal ?? '';
  draft.reasoning += thinking(delta);
  draft.others.push(...others, ...othersOf(delta));
  const legacy = delta.function_call ? [{ index: 0, function: delta.function_call }] : [];
  for (const [at, call] of [...(delta.tool_calls ?? []), ...legacy].entries()) {
    const { name, arguments: json } = call.function ?? {};
    // Some providers leave the index out, and send each call whole.
    const key = `${call.index ?? `${draft.calls.size}-${at}`}`;
    const known = draft.calls.get(key);
    if (known) known.json += json ?? '';
    else draft.calls.set(key, { name: name ?? '', json: json ?? '' });
  }
}

type Content = Message['content'] | readonly { readonly type?: string; readonly text?: string }[] | undefined;

/** Mistral and kin give a list of parts in place of the text that is typed. */
function contentOf(content: Content): { text: string; others: string[] } {
  if (!Array.isArray(content)) return { text: typeof content === 'string' ? content : '', others: [] };
  const others = content.map((part) => String(part.type)).filter((type) => type !== 'text');
  return { text: content.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join(''), others };
}

function choiceOf(choice: Omit<SdkChoice, 'finish'>): SdkChoice {
  return { ...choice, finish: classOf(choice) };
}

/** Free text counts as the one argument of its tool. Some servers send a call in which every field is empty beside every text. */
function callsOf(message: Message): SdkCall[] {
  const calls = (message.tool_calls ?? []).map((call) =>
    call.type === 'custom'
      ? { name: call.custom.name, arguments: JSON.stringify({ input: call.custom.input }) }
      : call.function,
  );
  if (message.function_call) calls.push(message.function_call);
  const named = calls.filter(({ name }) => Boolean(name));
  return named.map(({ name, arguments: json }) => ({ name, arguments: readArguments(json) }));
}

function othersOf(message: Message | Delta): string[] {
  return ['audio', 'images'].filter((name) => untyped(message, name));
}

function thinking(message: object): string {
  return text(untyped(message, 'reasoning_content')) || text(untyped(message, 'reasoning'));
}

/** OpenAI says `stop` after a forced function and after a refusal: what is there decides. */
function classOf({ native, calls, refusal }: Omit<SdkChoice, 'finish'>): FinishClass {
  switch (native) {
    case 'length':
      return 'length';
    case 'content_filter':
      return 'filtered';
    case 'stop':
    case 'tool_calls':
    case 'function_call':
    // Words of hosts: Together's of old, and Azure's for one of its models.
    case 'eos':
    case 'tool_call':
      if (calls.length > 0) return 'tool-calls';
      return refusal === '' ? 'stop' : 'filtered';
    case '':
      return 'unsaid';
    default:
      return 'other';
  }
}

/**
 * xAI and Google's compatible endpoint have thinking in the total alone: the total less the input is the output. Vercel's
 * gateway has it in neither, and bills it: more thinking than output stands beside it. Azure's xAI reads more from its
 * cache than it was given: what is of the input is no more than the input.
 */
function usageOf(usage: OpenAI.CompletionUsage | null | undefined): SdkUsage {
  if (!usage) return {};
  const { prompt_tokens, completion_tokens = 0, total_tokens, prompt_tokens_details } = usage;
  const cached = prompt_tokens_details?.cached_tokens;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens;
  const counted = Math.max(completion_tokens, (total_tokens ?? 0) - prompt_tokens);
  return told({
    input: prompt_tokens,
    output: (reasoning ?? 0) > counted ? counted + (reasoning ?? 0) : counted,
    cached: cached === undefined ? undefined : Math.min(cached, prompt_tokens),
    cacheWrite: prompt_tokens_details?.cache_write_tokens,
    reasoning,
  });
}
