import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import type { DialectName } from '../../src/model/dialect-name.ts';

export const SDK_DIALECTS = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate'] as const;
export const WAYS = SDK_DIALECTS.flatMap((dialect) => [false, true].map((stream) => ({ dialect, stream })));
export type Way = (typeof WAYS)[number];

export interface Asked extends Way {
  readonly url: string;
  readonly model: string;
  readonly prompt: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ask for JSON, in the dialect's own way. */
  readonly json?: boolean;
}

type Json = Record<string, unknown>;

/** What an official SDK shows its user of one answer. */
export interface Shown {
  readonly text: string;
  readonly model: string;
  readonly outputTokens: number | undefined;
  readonly headers: (name: string) => string | undefined;
  /** The `understudy` object; undefined where the SDK hides fields that it does not know (Google's). */
  readonly understudy: Json | undefined;
}

/** Asks through the vendor's own SDK, without retries. Rejects with what the SDK throws. */
export function askFour(asked: Asked): Promise<Shown> {
  return READERS[asked.dialect](asked);
}

const READERS: Readonly<Record<(typeof SDK_DIALECTS)[number] & DialectName, (asked: Asked) => Promise<Shown>>> = {
  'openai-chat': byChat,
  'openai-responses': byResponses,
  'anthropic-messages': byAnthropic,
  'gemini-generate': byGemini,
};

const ownOf = (value: object): Json | undefined => (value as { understudy?: Json }).understudy;
const keys = { apiKey: 'caller', maxRetries: 0 };
const SCHEMA = {
  type: 'object',
  properties: { mood: { type: 'string' } },
  required: ['mood'],
  additionalProperties: false,
};

async function byChat({ url, model, prompt, stream, headers = {}, json }: Asked): Promise<Shown> {
  const client = new OpenAI({ ...keys, baseURL: `${url}/v1` });
  const body = {
    model,
    messages: [{ role: 'user' as const, content: prompt }],
    ...(json && { response_format: { type: 'json_schema' as const, json_schema: { name: 'mood', schema: SCHEMA } } }),
  };
  if (!stream) {
    const { data, response } = await client.chat.completions.create(body, { headers }).withResponse();
    return {
      text: data.choices[0]?.message.content ?? '',
      model: data.model,
      outputTokens: data.usage?.completion_tokens,
      headers: headersOf(response),
      understudy: ownOf(data),
    };
  }
  const asked = { ...body, stream: true as const, stream_options: { include_usage: true } };
  const { data, response } = await client.chat.completions.create(asked, { headers }).withResponse();
  const shown = { text: '', model: '', outputTokens: undefined as number | undefined };
  let understudy: Json | undefined;
  for await (const chunk of data) {
    shown.text += chunk.choices[0]?.delta.content ?? '';
    shown.model = chunk.model;
    shown.outputTokens = chunk.usage?.completion_tokens ?? shown.outputTokens;
    understudy = ownOf(chunk) ?? understudy;
  }
  return { ...shown, headers: headersOf(response), understudy };
}

async function byResponses({ url, model, prompt, stream, headers = {}, json }: Asked): Promise<Shown> {
  const client = new OpenAI({ ...keys, baseURL: `${url}/v1` });
  const body = {
    model,
    input: prompt,
    ...(json && { text: { format: { type: 'json_schema' as const, name: 'mood', schema: SCHEMA } } }),
  };
  const shownOf = (answer: OpenAI.Responses.Response, text: string, response: Response): Shown => ({
    text,
    model: answer.model,
    outputTokens: answer.usage?.output_tokens,
    headers: headersOf(response),
    understudy: ownOf(answer),
  });
  if (!stream) {
    const { data, response } = await client.responses.create(body, { headers }).withResponse();
    return shownOf(data, data.output_text, response);
  }
  const { data, response } = await client.responses.create({ ...body, stream: true }, { headers }).withResponse();
  let text = '';
  let last: OpenAI.Responses.Response | undefined;
  for await (const event of data) {
    if (event.type === 'response.output_text.delta') text += event.delta;
    if (event.type === 'response.completed') last = event.response;
  }
  if (!last) throw new Error('the stream ended without response.completed');
  return shownOf(last, text, response);
}

async function byAnthropic({ url, model, prompt, stream, headers = {}, json }: Asked): Promise<Shown> {
  const client = new Anthropic({ ...keys, baseURL: url });
  const body = {
    model,
    max_tokens: 2_000,
    messages: [{ role: 'user' as const, content: prompt }],
    ...(json && { output_config: { format: { type: 'json_schema' as const, schema: SCHEMA } } }),
  };
  const textOf = ({ content }: Anthropic.Message) =>
    content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  if (!stream) {
    const { data, response } = await client.messages.create(body, { headers }).withResponse();
    const { model: served, usage } = data;
    return {
      text: textOf(data),
      model: served,
      outputTokens: usage.output_tokens,
      headers: headersOf(response),
      understudy: ownOf(data),
    };
  }
  const running = client.messages.stream(body, { headers });
  let understudy: Json | undefined;
  running.on('streamEvent', (event) => {
    if (event.type === 'message_delta') understudy = ownOf(event);
  });
  const { data, response } = await running.withResponse();
  const message = await data.finalMessage();
  return {
    text: textOf(message),
    model: message.model,
    outputTokens: message.usage.output_tokens,
    headers: headersOf(response),
    understudy,
  };
}

async function byGemini({ url, model, prompt, stream, headers = {}, json }: Asked): Promise<Shown> {
  const client = new GoogleGenAI({ apiKey: 'caller', httpOptions: { baseUrl: url, headers: { ...headers } } });
  const asked = {
    model,
    contents: prompt,
    ...(json && { config: { responseMimeType: 'application/json', responseJsonSchema: SCHEMA } }),
  };
  const answers = stream
    ? await client.models.generateContentStream(asked)
    : [await client.models.generateContent(asked)];
  const shown = { text: '', model: '', outputTokens: undefined as number | undefined };
  let told: Record<string, string> = {};
  for await (const answer of answers) {
    shown.text += answer.text ?? '';
    shown.model = answer.modelVersion ?? shown.model;
    shown.outputTokens = answer.usageMetadata?.candidatesTokenCount ?? shown.outputTokens;
    told = answer.sdkHttpResponse?.headers ?? told;
  }
  return { ...shown, headers: (name) => told[name], understudy: undefined };
}

function headersOf(response: Response): Shown['headers'] {
  return (name) => response.headers.get(name) ?? undefined;
}
