import type { CallerDialectName, DialectName } from '../../model/dialect-name.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

/** What the encoders call a neutral field, and what each dialect's callers call it; the names they may use, likeliest first. */
const TERMS = {
  max_tokens: {
    'openai-chat': ['max_completion_tokens', 'max_tokens'],
    'openai-responses': ['max_output_tokens'],
    'anthropic-messages': ['max_tokens'],
    'gemini-generate': ['generationConfig.maxOutputTokens'],
  },
  stop: {
    'openai-chat': ['stop'],
    'openai-responses': [],
    'anthropic-messages': ['stop_sequences'],
    'gemini-generate': ['generationConfig.stopSequences'],
  },
  n: {
    'openai-chat': ['n'],
    'openai-responses': [],
    'anthropic-messages': [],
    'gemini-generate': ['generationConfig.candidateCount'],
  },
  temperature: sampling(['temperature'], ['temperature'], 'temperature'),
  top_p: sampling(['top_p'], ['top_p'], 'topP'),
  top_k: sampling([], ['top_k'], 'topK'),
  frequency_penalty: { ...sampling([], [], 'frequencyPenalty'), 'openai-chat': ['frequency_penalty'] },
  presence_penalty: { ...sampling([], [], 'presencePenalty'), 'openai-chat': ['presence_penalty'] },
  seed: {
    'openai-chat': ['seed', 'random_seed'],
    'openai-responses': [],
    'anthropic-messages': [],
    'gemini-generate': ['generationConfig.seed'],
  },
  logprobs: {
    'openai-chat': ['logprobs', 'top_logprobs'],
    'openai-responses': ['include', 'top_logprobs'],
    'anthropic-messages': [],
    'gemini-generate': ['generationConfig.responseLogprobs', 'generationConfig.logprobs'],
  },
  reasoning: {
    'openai-chat': ['reasoning_effort', 'reasoning', 'thinking', 'enable_thinking', 'thinking_budget'],
    'openai-responses': ['reasoning'],
    'anthropic-messages': ['thinking', 'output_config.effort'],
    'gemini-generate': ['generationConfig.thinkingConfig'],
  },
  'reasoning.display': {
    'openai-chat': ['reasoning.exclude'],
    'openai-responses': ['reasoning.summary', 'reasoning.generate_summary'],
    'anthropic-messages': ['thinking.display'],
    'gemini-generate': ['generationConfig.thinkingConfig.includeThoughts'],
  },
  response_format: {
    'openai-chat': ['response_format'],
    'openai-responses': ['text.format'],
    'anthropic-messages': ['output_config.format', 'output_format'],
    'gemini-generate': [
      'generationConfig.responseJsonSchema',
      'generationConfig.responseSchema',
      'generationConfig.responseMimeType',
    ],
  },
  verbosity: {
    'openai-chat': ['verbosity'],
    'openai-responses': ['text.verbosity'],
    'anthropic-messages': [],
    'gemini-generate': [],
  },
  tool_choice: {
    'openai-chat': ['tool_choice', 'function_call'],
    'openai-responses': ['tool_choice'],
    'anthropic-messages': ['tool_choice'],
    'gemini-generate': ['toolConfig.functionCallingConfig'],
  },
  parallel_tool_calls: {
    'openai-chat': ['parallel_tool_calls'],
    'openai-responses': ['parallel_tool_calls'],
    'anthropic-messages': ['tool_choice.disable_parallel_tool_use'],
    'gemini-generate': [],
  },
  user: {
    'openai-chat': ['safety_identifier', 'user'],
    'openai-responses': ['safety_identifier', 'user'],
    'anthropic-messages': ['metadata.user_id'],
    'gemini-generate': [],
  },
  metadata: {
    'openai-chat': ['metadata'],
    'openai-responses': ['metadata'],
    'anthropic-messages': [],
    'gemini-generate': ['labels'],
  },
  service_tier: {
    'openai-chat': ['service_tier'],
    'openai-responses': ['service_tier'],
    'anthropic-messages': ['service_tier'],
    'gemini-generate': ['serviceTier'],
  },
  prompt_cache_key: {
    'openai-chat': ['prompt_cache_key'],
    'openai-responses': ['prompt_cache_key'],
    'anthropic-messages': [],
    'gemini-generate': [],
  },
} satisfies Readonly<Record<string, Readonly<Record<DialectName, readonly string[]>>>>;

/** Neutral fields that may be lost, by the name that encoders give them. */
export const NEUTRAL_FIELDS = Object.keys(TERMS) as readonly (keyof typeof TERMS)[];

function sampling(responses: readonly string[], anthropic: readonly string[], gemini: string) {
  return {
    'openai-chat': anthropic,
    'openai-responses': responses,
    'anthropic-messages': anthropic,
    'gemini-generate': [`generationConfig.${gemini}`],
  };
}

/** What a caller of a dialect may call a neutral field; empty where its dialect has no word for it. */
export function termsOf(field: (typeof NEUTRAL_FIELDS)[number], dialect: CallerDialectName): readonly string[] {
  return dialect === 'openai-embeddings' ? [] : TERMS[field][dialect];
}

/** The field by the name under which the caller sent it; any other field by its own name. */
export function callerTerm(field: string, dialect: CallerDialectName, original: JsonObject): string {
  const neutral = NEUTRAL_FIELDS.find((known) => known === field);
  if (neutral === undefined) return toolTerm(field, dialect, original);
  const terms: readonly string[] = termsOf(neutral, dialect);
  const known = terms.includes(field) ? field : terms[0];
  return terms.find((term) => isSent(original, term)) ?? known ?? field;
}

/** `tools[1].strict`, which counts functions and tools of free text alone, as the caller wrote its tools. */
function toolTerm(field: string, dialect: CallerDialectName, original: JsonObject): string {
  const [, at, rest] = /^tools\[(\d+)\](.*)$/.exec(field) ?? [];
  const place = at === undefined ? undefined : functionPlaces(dialect, original)[Number(at)];
  return place === undefined ? field : `${place}${rest}`;
}

function functionPlaces(dialect: CallerDialectName, original: JsonObject): string[] {
  const tools = Array.isArray(original.tools) ? original.tools.map((tool) => (isJsonObject(tool) ? tool : {})) : [];
  const placesOf = (isFunction: (tool: JsonObject) => boolean) =>
    tools.flatMap((tool, at) => (isFunction(tool) ? [`tools[${at}]`] : []));
  switch (dialect) {
    case 'openai-chat': {
      const older = Array.isArray(original.functions) ? original.functions : [];
      const places = tools.flatMap(({ type = 'function' }, at) =>
        type === 'function' || type === 'custom' ? [`tools[${at}].${type}`] : [],
      );
      return [...places, ...older.map((_, at) => `functions[${at}]`)];
    }
    case 'openai-responses':
      return placesOf(({ type }) => type === 'function' || type === 'custom');
    case 'anthropic-messages':
      return placesOf(({ type }) => (type ?? 'custom') === 'custom');
    case 'openai-embeddings':
      return [];
    case 'gemini-generate':
      return tools.flatMap((tool, at) => {
        const list = tool.functionDeclarations ?? tool.function_declarations;
        return Array.isArray(list) ? list.map((_, number) => `tools[${at}].functionDeclarations[${number}]`) : [];
      });
  }
}

function isSent(original: JsonObject, path: string): boolean {
  let value: JsonValue | undefined = original;
  for (const key of path.split('.')) {
    if (!isJsonObject(value)) return false;
    value = value[key] ?? value[snakeOf(key)];
  }
  return value !== undefined && value !== null;
}

/** Gemini's callers may write either spelling. */
function snakeOf(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
