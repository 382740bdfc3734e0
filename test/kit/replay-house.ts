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
  for (const dialect of DIALECT_NAMES) {
    for (const [at, recording] of recordings(dialect).entries()) {
      const model = `${dialect}-${at}`;
      const { response } = recording;
      answers.set(model, response);
      answers.set(straight(model), asEvents(response));
      const lax = FINISH_OPTIONAL.includes(recording.provider) ? '-lax' : '';
      const streamed = asEvents(response).sse !== undefined;
      replays.push({ dialect, recording, target: `${dialect}${lax}/${model}`, streamed });
    }
  }
  const provider = await startReplayProvider(answers);
  const providers: Record<string, Record<string, unknown>> = {};
  for (const dialect of DIALECT_NAMES) {
    providers[dialect] = { dialect, baseUrl: provider.url };
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
      const model = straight(replay.target.slice(replay.target.indexOf('/') + 1));
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

function straight(model: string): string {
  return `${model}-straight`;
}

/** Google's SDK asks for events; an answer recorded as one array of the same responses is framed as it would have been. */
function asEvents(response: RecordedResponse): RecordedResponse {
  if (!Array.isArray(response.body)) return response;
  const { body, ...rest } = response;
  return { ...rest, sse: body.map((piece) => `data: ${JSON.stringify(piece)}\r\n\r\n`).join('') };
}

/** Where callers of a dialect ask, where that is one path. */
export const SURFACE_PATHS = {
  'openai-chat': '/v1/chat/completions',
  'anthropic-messages': '/v1/messages',
} as const;

/** The recorded request, to be answered by the recorded answer; a plain question where it is not known. */
export function recordedRequest(
  surface: keyof typeof SURFACE_PATHS,
  { recording, target }: Replay,
  called: readonly string[],
): JsonObject {
  const body = recording.request?.body;
  if (typeof body === 'object' && body !== null) return { ...body, model: target };
  const base = { model: target, messages: [{ role: 'user', content: PROMPT }], stream: recording.stream };
  if (surface === 'openai-chat') {
    const tools = called.map((name) => ({ type: 'function', function: { name, parameters: { ...TOOL_SCHEMA } } }));
    return { ...base, ...(tools.length > 0 && { tools }) };
  }
  const tools = called.map((name) => ({ name, input_schema: { ...TOOL_SCHEMA } }));
  return { ...base, max_tokens: 1000, ...(tools.length > 0 && { tools }) };
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
