import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { Contract } from '../contract-rules.ts';
import type { ModelFamily } from './model-family.ts';

/** What a variable of a prompt may be. */
export const VARIABLE_TYPES = ['string', 'number', 'integer', 'boolean', 'enum', 'list', 'object'] as const;
export type VariableType = (typeof VARIABLE_TYPES)[number];

export interface VariableSpec {
  readonly type: VariableType;
  readonly description?: string;
  /** True where it is left out. Optional variables that nobody gives are empty: absent in `if`, nothing where they stand. */
  readonly required?: boolean;
  readonly default?: JsonValue;
  /** Most characters of a text, most items of a list; of an object, most characters of its JSON. */
  readonly maxLength?: number;
  /** Of a number. */
  readonly min?: number;
  readonly max?: number;
  /** The words that an `enum` may be. */
  readonly values?: readonly string[];
}

export interface PromptTool {
  readonly name: string;
  readonly description?: string;
  /** When the model is to call it, for people and models alike. */
  readonly when?: string;
  readonly parameters?: JsonObject;
  readonly strict?: boolean;
}

export interface PromptOutput {
  /** JSON Schema of the answer; it becomes the request's own where the caller asked for no format. */
  readonly schema?: JsonObject;
  /** What the answer looks like, in words. */
  readonly format?: string;
  /** A line such as `Be concise.`; where it stands is the compiler's. */
  readonly brevity?: string;
  /** The answer may hold Markdown. */
  readonly markdown?: boolean;
  /** Most tokens of an answer, where the caller named no limit. */
  readonly maxTokens?: number;
}

export interface PromptExample {
  readonly input: string;
  /** Text, or a value that is written as JSON. */
  readonly output: JsonValue;
}

/** The words of a team that knows one family better than any rule: they stand in the place of the compiled ones. */
export interface PromptVariant {
  readonly text: string;
  /** The examples go before the conversation as turns; else they are the text's own affair. */
  readonly exampleTurns?: boolean;
}

/** A few words more for one target. */
export interface TargetAdjustment {
  /** `provider/model`. */
  readonly target: string;
  readonly before?: string;
  readonly after?: string;
}

/** The prompt has words for the primary alone: nobody stands in for it. */
export interface PrimaryOnly {
  readonly reason: string;
  /** Wall clock, milliseconds since 1970; from then on the route's rule of parity decides, as for any other prompt. */
  readonly until: number;
}

/** One prompt as its file has it. Texts are templates in which `{{ name }}` stands for a variable. */
export interface PromptSpec {
  readonly description?: string;
  /** What the prompt is for and why it says what it says, for whoever edits it next; sent to nobody. */
  readonly notes?: string;
  readonly role?: string;
  readonly context?: string;
  readonly rules?: readonly string[];
  readonly tools?: readonly PromptTool[];
  readonly output?: PromptOutput;
  readonly examples?: readonly PromptExample[];
  /** The first turn of the user, before whatever the caller sends. */
  readonly user?: string;
  readonly variables?: Readonly<Record<string, VariableSpec>>;
  readonly variants?: Readonly<Partial<Record<ModelFamily, PromptVariant>>>;
  readonly adjust?: readonly TargetAdjustment[];
  /** What answers have to satisfy, beside the contract of the route. */
  readonly contract?: Contract;
  readonly primaryOnly?: PrimaryOnly;
}

/** A prompt under its version. */
export interface PromptVersion {
  readonly name: string;
  /** The first 12 hexadecimal digits of the SHA-256 of what it says. */
  readonly hash: string;
  readonly spec: PromptSpec;
}

/** `name@hash`, as answers, attempts, ledger rows and receipts name it. */
export function versionLabel({ name, hash }: Pick<PromptVersion, 'name' | 'hash'>): string {
  return `${name}@${hash}`;
}

/** Every template of a prompt with the place where it stands: what is checked before any request comes. */
export function templatesOf(
  spec: PromptSpec,
): { readonly path: readonly (string | number)[]; readonly text: string }[] {
  const found: { path: readonly (string | number)[]; text: string | undefined }[] = [
    { path: ['role'], text: spec.role },
    { path: ['context'], text: spec.context },
    { path: ['user'], text: spec.user },
    { path: ['output', 'format'], text: spec.output?.format },
    { path: ['output', 'brevity'], text: spec.output?.brevity },
    ...(spec.rules ?? []).map((text, at) => ({ path: ['rules', at], text })),
    ...Object.entries(spec.variants ?? {}).map(([family, variant]) => ({
      path: ['variants', family, 'text'],
      text: variant?.text,
    })),
    ...(spec.adjust ?? []).flatMap(({ before, after }, at) => [
      { path: ['adjust', at, 'before'], text: before },
      { path: ['adjust', at, 'after'], text: after },
    ]),
  ];
  return found.flatMap(({ path, text }) => (text === undefined ? [] : [{ path, text }]));
}
