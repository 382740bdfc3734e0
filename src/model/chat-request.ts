import type { Message } from './conversation.ts';
import type { CallerDialectName } from './dialect-name.ts';
import type { JsonObject } from './json.ts';
import type { PromptUse } from './prompt-use.ts';
import type { Requirement } from './requirement.ts';

/** A function that the model may call. `parameters` is JSON Schema as the caller wrote it. */
export interface ToolDefinition {
  readonly name: string;
  readonly description?: string;
  readonly parameters: JsonObject;
  readonly strict?: boolean;
  /**
   * It takes free text instead of JSON (OpenAI's `custom` tools). `parameters`, and the arguments of its calls, are then
   * those of the function that stands in for it: one text, under `TEXT_ARGUMENT`.
   */
  readonly freeText?: FreeText;
}

/** The name of the one argument of a function that stands in for a tool of free text. */
export const TEXT_ARGUMENT = 'input';

/** What a free text must be; anything, where it has no grammar. */
export interface FreeText {
  readonly grammar?: { readonly syntax: 'lark' | 'regex'; readonly definition: string };
}

export type ToolChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  /** Some tool must be called. */
  | { readonly kind: 'required' }
  | { readonly kind: 'named'; readonly name: string }
  /** Of the tools only these may be called; `required`: one of them must be. At least one name. */
  | { readonly kind: 'allowed'; readonly names: readonly string[]; readonly required: boolean };

export type OutputFormat =
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | { readonly kind: 'json-schema'; readonly name: string; readonly schema: JsonObject; readonly strict: boolean };

/** How much the model should think, as the caller said it: by effort or by tokens. */
export interface ReasoningRequest {
  readonly effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';
  readonly budgetTokens?: number;
  /** Whether the caller wants to see the thinking, in full or summarised; absent where it did not say. */
  readonly display?: 'shown' | 'hidden';
}

/** The log probabilities of the answer's tokens. */
export interface LogprobsRequest {
  /** How many of the likeliest alternatives to each token are told; 0 to 20. */
  readonly top: number;
}

/** What the caller wants to pay for latency: any, the standard, less for slower, more for faster. */
export const SERVICE_TIERS = ['auto', 'standard', 'flex', 'priority'] as const;
export type ServiceTier = (typeof SERVICE_TIERS)[number];

/** A field of the caller's that has no neutral meaning; what becomes of it where the caller's dialect is not spoken. */
export interface UnmappedField {
  /** Its path, in the caller's terms. */
  readonly field: string;
  /** True where the answer may suffer without it. */
  readonly matters: boolean;
  /** What it would have done, where a target that cannot be told leaves more than silence. */
  readonly why?: string;
}

export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly seed?: number;
}

/** What the caller asked of the gateway itself: the body object `understudy`, or the headers of the same names. */
export interface RequestOptions {
  /** Overrides the route's deadline, in milliseconds; only downwards. */
  readonly deadlineMs?: number;
  /** `strict`: an error rather than a degraded answer. */
  readonly quality?: 'strict' | 'degraded-ok';
  /** Region tags of which a target's region must be one. */
  readonly residency?: readonly string[];
  /** Most days for which whoever serves may keep what it is sent; 0: not at all. */
  readonly maxRetentionDays?: number;
  /** BCP 47 tags of languages that whoever serves has to be meant for. */
  readonly languages?: readonly string[];
  /** The one target that may serve, `provider/model`. */
  readonly pin?: string;
  /** Answer later, as a job: `always`, or where nobody can serve the request now. */
  readonly defer?: 'always' | 'if-needed';
  /** Name of the configured endpoint that is told of the end of that job. */
  readonly webhook?: string;
  /** Free labels, recorded in the ledger. */
  readonly tags?: readonly string[];
  /** The caller's own name for the conversation; absent: it is known by what was said in it. */
  readonly conversation?: string;
  /** A prompt of the library, from callers whose dialect has no word for it. */
  readonly prompt?: PromptUse;
}

/** What a prompt of the library brings into a request beside words. */
export interface RequestAdditions {
  readonly tools?: readonly ToolDefinition[];
  readonly output?: OutputFormat;
  readonly maxOutputTokens?: number;
}

/** A request for one answer, in no dialect. */
export interface ChatRequest {
  /** The dialect the caller spoke. */
  readonly dialect: CallerDialectName;
  /** What the caller sent as `model`: a route's name or `provider/model`. */
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolDefinition[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly output: OutputFormat;
  readonly reasoning?: ReasoningRequest;
  readonly sampling: Sampling;
  readonly maxOutputTokens?: number;
  readonly stop: readonly string[];
  readonly stream: boolean;
  /** The caller wants usage inside the stream (OpenAI's `stream_options.include_usage`; always true elsewhere). */
  readonly streamUsage: boolean;
  /** Number of alternative answers asked for (OpenAI's `n`). */
  readonly choices: number;
  /** Who the caller's own user is, for the provider's abuse checks. */
  readonly endUser?: string;
  readonly logprobs?: LogprobsRequest;
  readonly serviceTier?: ServiceTier;
  /** How long an answer is wanted; `medium` is what models do unasked. */
  readonly verbosity?: 'low' | 'medium' | 'high';
  /** Labels for the provider's own records. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Requests with one key share a prompt cache. */
  readonly promptCacheKey?: string;
  /** A prompt of the library, whose words come before `messages`. */
  readonly prompt?: PromptUse;
  readonly options: RequestOptions;
  /** The caller's body as parsed, without `understudy`: the base of a request in the same dialect. */
  readonly original: JsonObject;
  /** The caller's fields that have no neutral meaning; reported as lost when the dialect changes. */
  readonly unmapped: readonly UnmappedField[];
  /** What the request cannot be served without, beside what its messages show. */
  readonly requires: readonly Requirement[];
  /** True once `messages` no longer say what `original` says (a prompt was applied, a repair asked for). */
  readonly conversationEdited: boolean;
}
