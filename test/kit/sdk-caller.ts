import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

/** The surfaces of the gateway, by the dialect that is spoken there. */
export const SURFACES = ['openai-chat', 'anthropic-messages'] as const;
export type Surface = (typeof SURFACES)[number];

export interface Question {
  readonly surface: Surface;
  readonly stream: boolean;
  /** Name of a route, or a raw target. */
  readonly model: string;
  readonly prompt: string;
  /** More fields of the body, in the caller's dialect. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

type Json = Record<string, unknown>;

/** What an official SDK made of an answer. */
export interface Heard {
  readonly text: string;
  /** `finish_reason` or `stop_reason`; undefined where the answer never came to its end. */
  readonly finish: string | undefined;
  /** The `understudy` object of the answer. */
  readonly understudy: Json | undefined;
  /** The `understudy` objects of switches told in-band. */
  readonly switches: readonly Json[];
  readonly headers: Headers;
  /** What the SDK threw. */
  readonly thrown: Thrown | undefined;
  /** HTTP requests that the SDK made, its own retries included. */
  readonly requests: number;
}

export interface Thrown {
  readonly name: string;
  /** Absent for an error told in the middle of a stream. */
  readonly status: number | undefined;
  /** The gateway's own code, from the `understudy` object of the error. */
  readonly code: string | undefined;
  readonly message: string;
  /** One reason a target. */
  readonly targets: readonly Json[];
}

interface Draft {
  text: string;
  finish: string | undefined;
  understudy: Json | undefined;
  switches: Json[];
  headers: Headers;
}

/** Asks through an official SDK with its own defaults, retries included. Never rejects. */
export async function askBySdk(url: string, question: Question): Promise<Heard> {
  let requests = 0;
  let headers = new Headers();
  const counting: typeof fetch = async (...args) => {
    requests += 1;
    const response = await fetch(...args);
    headers = response.headers;
    return response;
  };
  const draft: Draft = { text: '', finish: undefined, understudy: undefined, switches: [], headers };
  let thrown: Thrown | undefined;
  try {
    if (question.surface === 'openai-chat') await byOpenai(url, question, counting, draft);
    else await byAnthropic(url, question, counting, draft);
  } catch (error) {
    thrown = readThrown(error);
  }
  return { ...draft, headers, thrown, requests };
}

async function byOpenai(url: string, question: Question, counting: typeof fetch, draft: Draft): Promise<void> {
  const client = new OpenAI({ apiKey: 'caller', baseURL: `${url}/v1`, fetch: counting });
  const body = {
    model: question.model,
    messages: [{ role: 'user' as const, content: question.prompt }],
    ...question.extra,
  };
  if (!question.stream) {
    const answer = await client.chat.completions.create({ ...body, stream: false });
    draft.text = answer.choices[0]?.message.content ?? '';
    draft.finish = answer.choices[0]?.finish_reason;
    draft.understudy = ownObject(answer);
    return;
  }
  for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
    const [choice] = chunk.choices;
    draft.text += choice?.delta.content ?? '';
    draft.finish = choice?.finish_reason ?? draft.finish;
    follow(draft, ownObject(chunk));
  }
}

async function byAnthropic(url: string, question: Question, counting: typeof fetch, draft: Draft): Promise<void> {
  const client = new Anthropic({ apiKey: 'caller', baseURL: url, fetch: counting });
  const body = {
    model: question.model,
    max_tokens: 2_000,
    messages: [{ role: 'user' as const, content: question.prompt }],
    ...question.extra,
  };
  if (!question.stream) {
    const answer = await client.messages.create({ ...body, stream: false });
    draft.text = answer.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    draft.finish = answer.stop_reason ?? undefined;
    draft.understudy = ownObject(answer);
    return;
  }
  let ended = false;
  for await (const event of await client.messages.create({ ...body, stream: true })) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') draft.text += event.delta.text;
    else if (event.type === 'message_delta') draft.finish = event.delta.stop_reason ?? undefined;
    else if (event.type === 'message_stop') ended = true;
    follow(draft, ownObject(event));
  }
  // The plain iterator of this SDK takes a missing end for an end; its helper does not.
  if (!ended) throw new Error('the stream ended without message_stop');
}

function follow(draft: Draft, own: Json | undefined): void {
  if (own === undefined) return;
  if (own.switched !== undefined) draft.switches.push(own.switched as Json);
  else draft.understudy = own;
}

function ownObject(value: object): Json | undefined {
  return (value as { understudy?: Json }).understudy;
}

function readThrown(error: unknown): Thrown {
  if (!(error instanceof Error))
    return { name: typeof error, status: undefined, code: undefined, message: '', targets: [] };
  const { status, error: body } = error as { status?: number; error?: Json };
  // OpenAI's SDK unwraps the `error` object of the body, Anthropic's does not.
  const inner = (body?.error ?? body) as Json | undefined;
  const own = inner?.understudy as Json | undefined;
  return {
    name: error.constructor.name,
    status,
    code: own?.code as string | undefined,
    message: (inner?.message as string | undefined) ?? error.message,
    targets: (own?.targets as Json[] | undefined) ?? [],
  };
}
