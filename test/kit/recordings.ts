import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DialectName } from '../../src/model/dialect-name.ts';
import type { JsonObject } from '../../src/model/json.ts';

/** One recorded exchange with a real provider. */
export interface Recording {
  readonly id: string;
  readonly provider: string;
  readonly stream: boolean;
  readonly features: readonly string[];
  readonly quirks: readonly string[];
  readonly request: {
    readonly path?: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: JsonObject;
  } | null;
  readonly response: RecordedResponse;
}

export interface RecordedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The event stream as text. */
  readonly sse?: string;
  readonly text?: string;
  /** The bytes of an AWS event stream, and its messages as the recorder read them. */
  readonly eventstream_base64?: string;
  readonly events?: readonly { readonly type: string; readonly payload: JsonObject; readonly message_type?: string }[];
  /** Sizes of the network reads that the stream arrived in, where they are known. */
  readonly chunk_bytes?: readonly number[];
}

const folder = resolve(process.env.UNDERSTUDY_WIRE_DIR ?? join(import.meta.dirname, '../../../shared/wire'));

/** False where there is no recorded traffic; the reason has been printed then. */
export const recordingsPresent = existsSync(folder);
if (!recordingsPresent) console.log(`skipped: no recorded traffic at ${folder}; UNDERSTUDY_WIRE_DIR names another`);

/** Names of the files that hold exchanges in one of our dialects; Mistral's are chat completions. */
export type RecordedFile = DialectName | 'mistral';

/** Files of neighbouring APIs, whose errors have the shapes of the dialects above. */
export type RecordedKin =
  | 'embeddings'
  | 'openai-completions'
  | 'anthropic-complete'
  | 'cohere-chat-v1'
  | 'cohere-chat-v2'
  | 'ollama-chat';

/** Exchanges with Amazon Bedrock. */
export type RecordedBedrock = 'bedrock-converse' | 'bedrock-invoke';

/** All recorded exchanges of a file. */
export function recordings(file: RecordedFile | RecordedKin | RecordedBedrock): Recording[] {
  const lines = readFileSync(join(folder, `${file}.jsonl`), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): Recording => JSON.parse(line));
}

/** One recorded count of input tokens. */
export interface RecordedCount {
  readonly id: string;
  readonly dialect: Exclude<DialectName, 'openai-chat'>;
  readonly body: JsonObject;
  readonly answer: JsonObject;
  readonly tokens: number;
}

const COUNTERS: readonly (readonly [path: RegExp, dialect: RecordedCount['dialect'], field: string])[] = [
  [/\/messages\/count_tokens$/, 'anthropic-messages', 'input_tokens'],
  [/\/responses\/input_tokens$/, 'openai-responses', 'input_tokens'],
  [/:countTokens$/, 'gemini-generate', 'totalTokens'],
];

/** All recorded counts that were given by a counter of one of our dialects. */
export function countRecordings(): RecordedCount[] {
  const lines = readFileSync(join(folder, 'token-count.jsonl'), 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .flatMap((line): RecordedCount[] => {
      const { id, request, response } = JSON.parse(line);
      const [, dialect, field] = COUNTERS.find(([path]) => path.test(request.path)) ?? [];
      if (dialect === undefined || field === undefined || response.status !== 200) return [];
      return [{ id, dialect, body: request.body, answer: response.body, tokens: response.body[field] }];
    });
}
