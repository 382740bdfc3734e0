import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { Address } from './address.ts';
import { credentialOf, type Headers } from './credential.ts';
import { type DialectKit, isRefused, refuse, type Stamp } from './dialect-kit.ts';

export type CountAddress = Extract<Address, { kind: 'count-tokens' }>;

/** One request for a count, read whole. */
export interface CountExchange {
  readonly address: CountAddress;
  readonly headers: Headers;
  readonly body: unknown;
  readonly bodyBytes: number;
  readonly stamp: Stamp;
  readonly apiKeys: readonly string[] | undefined;
}

export interface CountReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** Counts as the answer to the same request would; refuses, as the vendors do, what has no place in a count. */
export function answerCount(exchange: CountExchange, kit: DialectKit): CountReply {
  const { address, apiKeys, headers, stamp, bodyBytes } = exchange;
  const { dialect } = address;
  try {
    if (apiKeys && !apiKeys.includes(credentialOf(dialect, headers, address.key))) {
      return kit.refusal({ kind: 'auth-refused' }, stamp);
    }
    const given = isJsonObject(exchange.body) ? exchange.body : refuse('We could not parse the JSON body.');
    const body = requestOf(dialect, given);
    const model = address.model ?? (typeof body.model === 'string' ? body.model : '');
    const asked = {
      model,
      personality: 'steady',
      streamPath: false,
      asEvents: true,
      headers,
      body,
      bodyBytes,
    } as const;
    return { status: 200, headers: {}, body: countOf(dialect, kit.read(asked).inputTokens) };
  } catch (error) {
    if (!isRefused(error)) throw error;
    return kit.refusal(error.trouble, stamp);
  }
}

const ANTHROPIC_FIELDS = new Set([
  'messages',
  'model',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'cache_control',
  'speed',
  'output_format',
  'mcp_servers',
  'context_management',
]);
const RESPONSES_FIELDS = new Set([
  'conversation',
  'input',
  'instructions',
  'model',
  'parallel_tool_calls',
  'personality',
  'previous_response_id',
  'reasoning',
  'text',
  'tool_choice',
  'tools',
  'truncation',
]);

/** The request that is counted, from the body of the counting request. */
function requestOf(dialect: CountAddress['dialect'], body: JsonObject): JsonObject {
  switch (dialect) {
    case 'anthropic-messages':
      for (const name of Object.keys(body)) {
        if (!ANTHROPIC_FIELDS.has(name)) refuse(`${name}: Extra inputs are not permitted`);
      }
      return { ...body, max_tokens: 1_000_000 };
    case 'openai-responses':
      for (const name of Object.keys(body)) {
        if (!RESPONSES_FIELDS.has(name)) refuse(`Unknown parameter: '${name}'.`, name, 'unknown_parameter');
      }
      return { ...body, store: false };
    case 'gemini-generate': {
      const { generateContentRequest: whole, contents, ...rest } = body;
      if (isJsonObject(whole)) {
        if (contents !== undefined) refuse('contents and generateContentRequest are mutually exclusive.');
        const { model: _named, ...request } = whole;
        return request;
      }
      for (const name of Object.keys(rest)) refuse(`Invalid JSON payload received. Unknown name "${name}"`);
      return body;
    }
  }
}

function countOf(dialect: CountAddress['dialect'], tokens: number): JsonObject {
  switch (dialect) {
    case 'anthropic-messages':
      return { input_tokens: tokens };
    case 'openai-responses':
      return { object: 'response.input_tokens', input_tokens: tokens };
    case 'gemini-generate':
      return { totalTokens: tokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: tokens }] };
  }
}
