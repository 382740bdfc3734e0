import type { JsonObject } from '../../src/model/json.ts';
import { type House, startHouse } from './gateway-kit.ts';
import { type RecordedDialect, readRecorded } from './recorded-answer.ts';
import { type RecordedResponse, type Recording, recordings } from './recordings.ts';
import { startReplayProvider } from './replay-provider.ts';

export const RECORDED_DIALECTS = [
  'openai-chat',
  'anthropic-messages',
  'gemini-generate',
] as const satisfies readonly RecordedDialect[];

/** A recorded exchange, and the raw target at which its answer is given again. */
export interface Replay {
  readonly dialect: RecordedDialect;
  readonly recording: Recording;
  readonly target: string;
}

/** A gateway whose providers repeat what was recorded. */
export interface ReplayHouse {
  readonly house: House;
  readonly replays: readonly Replay[];
  close(): Promise<void>;
}

/** Providers that were recorded ending their answers without a reason: an operator tells the gateway that they may. */
const FINISH_OPTIONAL = ['snowflake'];

/** Every recorded exchange becomes a target of its own, so that no fault of one touches the lane of another. */
export async function startReplayHouse(): Promise<ReplayHouse> {
  const replays: Replay[] = [];
  const answers = new Map<string, RecordedResponse>();
  for (const dialect of RECORDED_DIALECTS) {
    for (const [at, recording] of recordings(dialect).entries()) {
      const model = `${dialect}-${at}`;
      answers.set(model, recording.response);
      const lax = FINISH_OPTIONAL.includes(recording.provider) ? '-lax' : '';
      replays.push({ dialect, recording, target: `${dialect}${lax}/${model}` });
    }
  }
  const provider = await startReplayProvider(answers);
  const providers: Record<string, Record<string, unknown>> = {};
  for (const dialect of RECORDED_DIALECTS) {
    providers[dialect] = { dialect, baseUrl: provider.url };
    providers[`${dialect}-lax`] = { dialect, baseUrl: provider.url, quirks: { finishOptional: true } };
  }
  const house = await startHouse({ providers });
  return {
    house,
    replays,
    close: async () => {
      await house.close();
      await provider.stop();
    },
  };
}

/** Where callers of a dialect ask. */
export const SURFACE_PATHS = {
  'openai-chat': '/v1/chat/completions',
  'anthropic-messages': '/v1/messages',
} as const;

/**
 * A plain question in the dialect of a surface that offers the tools which the recorded answer calls: for answers whose
 * request is not known, or is in another dialect.
 */
export function plainRequest(surface: keyof typeof SURFACE_PATHS, { dialect, recording, target }: Replay): JsonObject {
  const { response } = recording;
  const called = response.status === 200 ? readRecorded(dialect, response).calls : [];
  const names = [...new Set(called.map(({ name }) => name))];
  const parameters = { type: 'object', properties: {} };
  const base = { model: target, messages: [{ role: 'user', content: 'Go on.' }], stream: recording.stream };
  if (surface === 'openai-chat') {
    const tools = names.map((name) => ({ type: 'function', function: { name, parameters } }));
    return { ...base, ...(tools.length > 0 && { tools }) };
  }
  const tools = names.map((name) => ({ name, input_schema: parameters }));
  return { ...base, max_tokens: 1000, ...(tools.length > 0 && { tools }) };
}

/** The recorded request, to be answered by the recorded answer. */
export function recordedRequest(surface: keyof typeof SURFACE_PATHS, replay: Replay): JsonObject {
  const body = replay.recording.request?.body;
  if (typeof body !== 'object' || body === null) return plainRequest(surface, replay);
  return { ...body, model: replay.target };
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
