import { dialectKits } from '../../src/dialect-kits.ts';
import { type Answer, collectAnswer } from '../../src/model/answer.ts';
import type { ReadingContext } from '../../src/model/dialect.ts';
import type { CallerDialectName } from '../../src/model/dialect-name.ts';

export const CALLERS = [
  'openai-chat',
  'anthropic-messages',
  'gemini-generate',
  'openai-responses',
] as const satisfies readonly CallerDialectName[];
export type Caller = (typeof CALLERS)[number];

export interface Asked {
  readonly caller: Caller;
  readonly stream: boolean;
  readonly route: string;
  readonly text: string;
  /** More members of the body, in the caller's dialect. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came over the socket. */
export interface Came {
  readonly status: number;
  readonly headers: Headers;
  /** Every byte of the body. */
  readonly body: string;
  /** What the caller's dialect makes of it. */
  readonly answer: Answer;
  readonly requestId: string;
}

const READING: ReadingContext = { toolNames: new Map(), finishOptional: false, newId: () => 'id' };

/** Asks the gateway in one dialect, and reads the answer with the decoder of that dialect. */
export async function askIn(url: string, asked: Asked): Promise<Came> {
  const response = await fetch(url + pathOf(asked), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...asked.headers },
    body: JSON.stringify({ ...bodyOf(asked), ...asked.extra }),
  });
  const body = await textUntilCut(response);
  return {
    status: response.status,
    headers: response.headers,
    body,
    answer: response.ok ? answerIn(asked, body) : { parts: [], usage: {} },
    requestId: response.headers.get('x-understudy-request-id') ?? '',
  };
}

/** What came of the body: an answer that failed in the middle ends without its end. */
async function textUntilCut({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const piece of body ?? []) text += decoder.decode(piece, { stream: true });
  } catch {}
  return text;
}

/** All text of the answer, of whatever alternative. */
export function textOf({ answer }: Came): string {
  return answer.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** What the decoder of a dialect makes of a body, or of a stream. */
export function answerIn({ caller, stream }: Pick<Asked, 'caller' | 'stream'>, body: string): Answer {
  const kit = dialectKits.target(caller);
  if (!stream) return collectAnswer(kit.decodeAnswer(JSON.parse(body), READING));
  const decoder = kit.streamDecoder(READING);
  const frames = body.split(/\r?\n\r?\n/).filter((frame) => frame.trim() !== '');
  const events = frames.flatMap((frame) => {
    const event = /^event: ?(.*)$/m.exec(frame)?.[1];
    const data = /^data: ?(.*)$/m.exec(frame)?.[1];
    return data === undefined ? [] : decoder.push({ kind: 'sse', data, ...(event !== undefined && { event }) });
  });
  return collectAnswer([...events, ...decoder.end()]);
}

function pathOf({ caller, stream, route }: Asked): string {
  switch (caller) {
    case 'openai-chat':
      return '/v1/chat/completions';
    case 'openai-responses':
      return '/v1/responses';
    case 'anthropic-messages':
      return '/v1/messages';
    case 'gemini-generate':
      return `/v1beta/models/${route}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
  }
}

export function bodyOf({ caller, stream, route, text }: Asked): Record<string, unknown> {
  switch (caller) {
    case 'openai-chat':
      return { model: route, stream, messages: [{ role: 'user', content: text }] };
    case 'openai-responses':
      return { model: route, stream, input: text, store: false };
    case 'anthropic-messages':
      return { model: route, stream, max_tokens: 2_000, messages: [{ role: 'user', content: text }] };
    case 'gemini-generate':
      return { contents: [{ role: 'user', parts: [{ text }] }] };
  }
}

/** One tool without parameters of its own, as each dialect writes it. */
export function toolIn(caller: Caller, name: string): Record<string, unknown> {
  const parameters = { type: 'object', properties: { amount: { type: 'number' } } };
  switch (caller) {
    case 'openai-chat':
      return { tools: [{ type: 'function', function: { name, parameters } }] };
    case 'openai-responses':
      return { tools: [{ type: 'function', name, parameters, strict: false }] };
    case 'anthropic-messages':
      return { tools: [{ name, input_schema: parameters }] };
    case 'gemini-generate':
      return { tools: [{ functionDeclarations: [{ name, parameters }] }] };
  }
}
