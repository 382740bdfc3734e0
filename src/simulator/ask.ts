import type { JsonObject } from '../model/json.ts';
import type { Habit } from './habits.ts';
import type { Personality } from './model-name.ts';

/** The dialects that the simulator speaks. */
export const SIMULATED_DIALECTS = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate'] as const;
export type SimulatedDialect = (typeof SIMULATED_DIALECTS)[number];

export interface AskedTool {
  readonly name: string;
  /** JSON Schema; Gemini's upper-case types are understood as well. */
  readonly parameters: JsonObject;
  /** OpenAI's `custom`: it is called with free text, which here is the one thing in its parameters, `input`. */
  readonly isText?: true;
}

export type AskedChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  | { readonly kind: 'required' }
  | { readonly kind: 'named'; readonly name: string };

export type AskedOutput =
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | { readonly kind: 'schema'; readonly schema: JsonObject };

/** What a valid request asks for: all that an answer is made from. */
export interface Ask {
  /** As the client wrote it. */
  readonly model: string;
  readonly personality: Personality;
  /** Of the provider, beside those of the personality. */
  readonly habits?: readonly Habit[];
  readonly stream: boolean;
  /** Usage belongs into the stream (always so outside `openai-chat`). */
  readonly streamUsage: boolean;
  readonly system: string;
  readonly userText: string;
  /** Results that end the conversation; empty where it ends otherwise. */
  readonly toolResults: readonly { readonly name: string; readonly text: string }[];
  readonly tools: readonly AskedTool[];
  readonly choice: AskedChoice;
  readonly parallel: boolean;
  readonly output: AskedOutput;
  /** Text of a last assistant turn that is to be continued; empty where there is none. */
  readonly prefill: string;
  /** `hidden` thinking is counted and not shown. */
  readonly thinking: 'none' | 'hidden' | 'shown';
  /** Reasoning comes in the form that only its vendor reads, to be given back (`openai-responses`). */
  readonly sealedReasoning?: boolean;
  readonly maxTokens?: number;
  readonly stop: readonly string[];
  readonly choices: number;
  readonly inputTokens: number;
}
