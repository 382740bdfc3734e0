import { DIALECT_NAMES, type DialectName } from '../../src/model/dialect-name.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type House, startHouse } from './gateway-kit.ts';
import { type RecordedResponse, type Recording, recordings } from './recordings.ts';
import { startReplayProvider } from './replay-provider.ts';
import { SDK_READERS } from './sdk-readers/index.ts';
import { PROMPT, type SdkAnswer, TOOL_SCHEMA } from './sdk-readers/sdk-answer.ts';

/** A recorded exchange, and the raw target at which its answer is given again. */
export interface Replay {
  readonly dialect: DialectName;
  readonly recording: Recording;
  readonly target: string;
  /** The answer came in pieces. */
  readonly streamed: boolean;
}

/** A gateway whose providers repeat what was recorded. */
export interface ReplayHouse {
  readonly house: House;
  readonly replays: readonly Replay[];
  /** What the official SDK of the exchange's own dialect reads, without a gateway between; rejects as the SDK does. */
  readStraight(replay: Replay): Promise<SdkAnswer>;
  close(): Promise<void>;
}

/** Providers that were recorded ending their answers without a reason: an operator tells the gateway that they may. */
const FINISH_OPTIONAL = ['snowflake'];

/** Every recorded exchange becomes a target of its own, so that no fault of one touches the lane of another. */
export async function startReplayHouse(): Promise<ReplayHouse> {
  const replays: Replay[] = [];
  const answers = new Map<string, RecordedResponse>();
  const models: Record<string, unknown> = {};
  for (const dialect of DIALECT_NAMES) {
    for (const [at, recording] of recordings(dialect).entries()) {
      const model = `${dialect}-${at}`;
      const response = asEvents(recording.response);
      answers.set(model, response);
      // What answered takes tools of free text, as OpenAI's models do.
      if (recording.provider === 'openai') models[model] = { abilities: { 'custom-tools': 'yes' } };
      const lax = FINISH_OPTIONAL.includes(recording.provider) ? '-lax' : '';
      const streamed = response.sse !== undefined;
      replays.push({ dialect, recording, target: `${dialect}${lax}/${model}`, streamed });
    }
  }
  const provider = await startReplayProvider(answers);
  const providers: Record<string, Record<string, unknown>> = {};
  for (const dialect of DIALECT_NAMES) {
    providers[dialect] = { dialect, baseUrl: provider.url, models };
    providers[`${dialect}-lax`] = { dialect, baseUrl: provider.url, quirks: { finishOptional: true } };
  }
  const house = await startHouse({ providers });
  const read = new Map<string, Promise<SdkAnswer>>();
  return {
    house,
    replays,
    readStraight(replay) {
      const known = read.get(replay.target);
      if (known) return known;
      const model = replay.target.slice(replay.target.indexOf('/') + 1);
      const question = { url: provider.url, model, stream: replay.streamed, tools: [], alternatives: 1, lenient: true };
      const answer = SDK_READERS[replay.dialect](question);
      answer.catch(() => undefined);
      read.set(replay.target, answer);
      return answer;
    },
    close: async () => {
      await house.close();
      await provider.stop();
    },
  };
}

/** Gateway and SDK ask Google for events; an answer recorded as one array of the same responses is framed as they are. */
function asEvents(response: RecordedResponse): RecordedResponse {
  if (!Array.isArray(response.body)) return response;
  const { body, ...rest } = response;
  return { ...rest, sse: body.map((piece) => `data: ${JSON.stringify(piece)}\r\n\r\n`).join('') };
}

/** Dialects whose recorded requests are asked again as they were; those of the Responses API refer to what is kept. */
export const RAW_SURFACES = ['openai-chat', 'anthropic-messages', 'gemini-generate'] as const;
export type RawSurface = (typeof RAW_SURFACES)[number];

/** A request as it goes over the wire. */
export interface RawRequest {
  /** Path and query. */
  readonly path: string;
  readonly body: JsonObject;
}

/** The recorded request, to be answered by the recorded answer; a plain question where it is not known. */
export function recordedRequest(surface: RawSurface, replay: Replay, called: readonly string[]): RawRequest {
  const { recording, target } = replay;
  const known = recording.request?.body;
  const body = typeof known === 'object' && known !== null ? known : plainBody(surface, recording.stream, called);
  switch (surface) {
    case 'openai-chat':
      return { path: '/v1/chat/completions', body: { ...body, model: target } };
    case 'anthropic-messages':
      return { path: '/v1/messages', body: { ...body, model: target } };
    case 'gemini-generate':
      return { path: `/v1beta/models/${target}:${geminiMethod(replay)}`, body };
  }
}

function geminiMethod({ recording }: Replay): string {
  if (!recording.stream) return 'generateContent';
  return recording.response.sse === undefined ? 'streamGenerateContent' : 'streamGenerateContent?alt=sse';
}

function plainBody(surface: RawSurface, stream: boolean, called: readonly string[]): JsonObject {
  const parameters = { ...TOOL_SCHEMA };
  const some = called.length > 0;
  const messages = [{ role: 'user', content: PROMPT }];
  switch (surface) {
    case 'openai-chat': {
      const tools = called.map((name) => ({ type: 'function', function: { name, parameters } }));
      return { messages, stream, ...(some && { tools }) };
    }
    case 'anthropic-messages': {
      const tools = called.map((name) => ({ name, input_schema: parameters }));
      return { messages, stream, max_tokens: 1000, ...(some && { tools }) };
    }
    case 'gemini-generate': {
      const functionDeclarations = called.map((name) => ({ name, parametersJsonSchema: parameters }));
      return {
        contents: [{ role: 'user', parts: [{ text: PROMPT }] }],
        ...(some && { tools: [{ functionDeclarations }] }),
      };
    }
  }
}

/** What came back on the wire. `cut`: the connection broke before the end of the body. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly cut: boolean;
}

/** Asks the gateway without any SDK. */
export async function askRaw(url: string, body: JsonObject, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  } catch {
    return { status: response.status, text, cut: true };
  }
  return { status: response.status, text: text + decoder.decode(), cut: false };
}
