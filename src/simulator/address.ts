import type { SimulatedDialect } from './ask.ts';

/** What a path asks for. */
export type Address =
  | {
      readonly kind: 'generate';
      readonly provider: string;
      readonly dialect: SimulatedDialect;
      /** Named in the path by Gemini, in the body by the others. */
      readonly model?: string;
      readonly streamPath: boolean;
      readonly asEvents: boolean;
      /** Vectors are asked for, and no answer. */
      readonly embeddings?: true;
      /** The key that stands in the query (Gemini). */
      readonly key?: string;
    }
  | {
      readonly kind: 'count-tokens';
      readonly provider: string;
      readonly dialect: Exclude<SimulatedDialect, 'openai-chat'>;
      readonly model?: string;
      readonly key?: string;
    }
  | { readonly kind: 'models'; readonly provider: string; readonly gemini: boolean }
  | { readonly kind: 'admin'; readonly segments: readonly string[] }
  | { readonly kind: 'unknown' };

const GEMINI_CALL = /^(?:v1|v1beta)\/models\/(.+):(generateContent|streamGenerateContent|countTokens)$/;
const UNKNOWN: Address = { kind: 'unknown' };

/** Reads method and URL; anything that no simulated vendor knows is `unknown`. */
export function readAddress(method: string, url: string): Address {
  const queryAt = url.indexOf('?');
  const path = decode(queryAt < 0 ? url : url.slice(0, queryAt));
  if (path === undefined) return UNKNOWN;
  const [, first = '', ...rest] = path.split('/');
  if (first === 'admin') return { kind: 'admin', segments: rest };
  if (first === '') return UNKNOWN;
  const tail = rest.join('/');
  if (method === 'GET') return modelsAddress(first, tail);
  if (method !== 'POST') return UNKNOWN;
  return generateAddress(first, tail, new URLSearchParams(queryAt < 0 ? '' : url.slice(queryAt + 1)));
}

function decode(path: string): string | undefined {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function modelsAddress(provider: string, tail: string): Address {
  if (tail === 'v1/models') return { kind: 'models', provider, gemini: false };
  return tail === 'v1beta/models' ? { kind: 'models', provider, gemini: true } : UNKNOWN;
}

function generateAddress(provider: string, tail: string, query: URLSearchParams): Address {
  const named = { kind: 'generate', provider, streamPath: false, asEvents: true } as const;
  if (tail === 'v1/chat/completions') return { ...named, dialect: 'openai-chat' };
  if (tail === 'v1/embeddings') return { ...named, dialect: 'openai-chat', embeddings: true };
  if (tail === 'v1/responses') return { ...named, dialect: 'openai-responses' };
  if (tail === 'v1/messages') return { ...named, dialect: 'anthropic-messages' };
  if (tail === 'v1/messages/count_tokens') return { kind: 'count-tokens', provider, dialect: 'anthropic-messages' };
  if (tail === 'v1/responses/input_tokens') return { kind: 'count-tokens', provider, dialect: 'openai-responses' };
  const [, model = '', call] = GEMINI_CALL.exec(tail) ?? [];
  if (call === undefined) return UNKNOWN;
  const key = query.get('key');
  const called = { provider, dialect: 'gemini-generate', model, ...(key !== null && { key }) } as const;
  if (call === 'countTokens') return { kind: 'count-tokens', ...called };
  const stream = call === 'streamGenerateContent';
  return { kind: 'generate', ...called, streamPath: stream, asEvents: query.get('alt') === 'sse' };
}
