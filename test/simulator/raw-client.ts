import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { Script, SimulatedDialect, Simulator } from '../../src/simulator/index.ts';

/** What came back over the wire, complete or not. */
export interface RawAnswer {
  /** Absent when the connection went before the headers. */
  readonly status?: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** `end`: as it should. `cut`: closed in the middle. Else an error code such as `ECONNRESET`, or `left` when the client gave up. */
  readonly ending: string;
  readonly msToHeaders?: number;
  readonly msToFirstByte?: number;
  readonly ms: number;
}

export interface RawRequest {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly agent?: Agent;
  /** Leave after so many milliseconds. */
  readonly leaveAfterMs?: number;
}

export function send({
  method = 'POST',
  url,
  headers = {},
  body,
  agent,
  leaveAfterMs,
}: RawRequest): Promise<RawAnswer> {
  const begun = performance.now();
  const since = () => performance.now() - begun;
  return new Promise((resolve) => {
    const outgoing = request(url, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      agent: agent ?? false,
    });
    const seen: {
      status?: number;
      headers: IncomingHttpHeaders;
      text: string;
      msToHeaders?: number;
      msToFirstByte?: number;
    } = {
      headers: {},
      text: '',
    };
    const done = (ending: string) => resolve({ ...seen, ending, ms: since() });
    if (leaveAfterMs !== undefined) {
      const leaving = setTimeout(() => {
        done('left');
        outgoing.destroy();
      }, leaveAfterMs);
      outgoing.on('close', () => clearTimeout(leaving));
    }
    outgoing.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    outgoing.on('response', (response) => {
      seen.status = response.statusCode;
      seen.headers = response.headers;
      seen.msToHeaders = since();
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        seen.msToFirstByte ??= since();
        seen.text += chunk;
      });
      response.on('end', () => done('end'));
      response.on('error', (error: NodeJS.ErrnoException) =>
        done(error.code === 'ECONNRESET' && error.message === 'aborted' ? 'cut' : (error.code ?? error.message)),
      );
    });
    outgoing.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

const PATHS = {
  'openai-chat': '/chat/completions',
  'openai-responses': '/responses',
  'anthropic-messages': '/messages',
  'gemini-generate': '/models',
} as const;

export interface Question {
  readonly dialect: SimulatedDialect;
  readonly provider?: string;
  readonly model?: string;
  readonly text?: string;
  readonly stream?: boolean;
  readonly script?: Script;
  readonly headers?: Record<string, string>;
  readonly agent?: Agent;
  readonly leaveAfterMs?: number;
  readonly extra?: Record<string, unknown>;
}

/** One plain question in any dialect. */
export function ask(simulator: Simulator, question: Question): Promise<RawAnswer> {
  const {
    dialect,
    provider = 'sim',
    model = 'steady-1',
    text = 'How tall is a giraffe?',
    stream = false,
    script,
  } = question;
  const gemini = dialect === 'gemini-generate';
  const call = gemini ? `/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}` : '';
  const common = gemini
    ? { contents: [{ role: 'user', parts: [{ text }] }] }
    : { model, stream, [dialect === 'openai-responses' ? 'input' : 'messages']: [{ role: 'user', content: text }] };
  return send({
    url: simulator.baseUrl(dialect, provider) + PATHS[dialect] + call,
    headers: {
      ...(dialect === 'anthropic-messages' && { 'anthropic-version': '2023-06-01' }),
      ...(script && { 'x-simulator-script': JSON.stringify(script) }),
      ...question.headers,
    },
    body: { ...common, ...(dialect === 'anthropic-messages' && { max_tokens: 2000 }), ...question.extra },
    ...(question.agent && { agent: question.agent }),
    ...(question.leaveAfterMs !== undefined && { leaveAfterMs: question.leaveAfterMs }),
  });
}

/** The `data` of the events of a stream that are JSON, broken ones left out. */
export function events(answer: RawAnswer): Record<string, unknown>[] {
  return answer.text
    .split(/\r?\n\r?\n/)
    .flatMap((frame) => frame.split(/\r?\n/))
    .filter((line) => line.startsWith('data: {'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line.slice(6)) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
}
