import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts';

/** Why an answer ended, as far as every dialect can tell it apart; `unsaid` where a provider gave no reason. */
export type FinishClass = 'stop' | 'length' | 'tool-calls' | 'filtered' | 'pause' | 'other' | 'unsaid';

/** Counts by one rule: input with what the cache gave and took, output with the thinking. Absent: nobody told. */
export interface SdkUsage {
  readonly input?: number;
  readonly output?: number;
  readonly cached?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

export interface SdkCall {
  readonly name: string;
  /** Parsed; the text itself where it is no JSON. No arguments, `null` and `{}` are one and the same to a tool. */
  readonly arguments: JsonValue;
}

/** One alternative answer as an official SDK gives it to its user. */
export interface SdkChoice {
  readonly text: string;
  readonly refusal: string;
  readonly reasoning: string;
  readonly calls: readonly SdkCall[];
  readonly finish: FinishClass;
  /** The vendor's own word, for reports. */
  readonly native: string;
  /** Kinds of content that stand in no other field: server tools, sound, pictures. */
  readonly others: readonly string[];
}

/** What an official SDK read from one answer. */
export interface SdkAnswer {
  readonly choices: readonly SdkChoice[];
  readonly usage: SdkUsage;
  /** Fields of the gateway's own `understudy.adapted`; undefined where the SDK does not show fields that it does not know. */
  readonly adapted: readonly string[] | undefined;
}

/** Whom to ask, and what. */
export interface SdkQuestion {
  /** Origin of the server, without a path. */
  readonly url: string;
  readonly model: string;
  readonly stream: boolean;
  /** Names of the tools that the answer may call. */
  readonly tools: readonly string[];
  /** Alternative answers, where the dialect has a field for it. */
  readonly alternatives: number;
  /**
   * Where the SDK's accumulator gives up on a stream that the vendor itself would not send, read the pieces which its
   * plain iterator gives. For answers of providers; a caller of the gateway has a right to the accumulator.
   */
  readonly lenient?: boolean;
}

/** Asks through an official SDK. Rejects with what the SDK throws. */
export type SdkReader = (question: SdkQuestion) => Promise<SdkAnswer>;

export const PROMPT = 'Go on.';
export const TOOL_SCHEMA = { type: 'object' as const, properties: {} };

export function readArguments(json: string): JsonValue {
  if (json.trim() === '') return {};
  try {
    const value: JsonValue = JSON.parse(json);
    return value ?? {};
  } catch {
    return json;
  }
}

/** Counts that were told, without those that were not. */
export function told(usage: { readonly [Name in keyof SdkUsage]: number | null | undefined }): SdkUsage {
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => typeof count === 'number'));
}

/** A field that the SDK passes through without a type. */
export function untyped(value: object, name: string): JsonValue | undefined {
  return (value as JsonObject)[name];
}

export function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The fields that the gateway says it had to drop or change. */
export function adaptedIn(...values: readonly object[]): string[] {
  return values.flatMap((value) => {
    const own = untyped(value, 'understudy');
    const list = isJsonObject(own) && Array.isArray(own.adapted) ? own.adapted : [];
    return list.map((loss) => (isJsonObject(loss) ? text(loss.field) : ''));
  });
}
