import { dialectKits } from '../../src/dialect-kits.ts';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import type { EncodedRequest } from '../../src/model/dialect.ts';
import type { DialectName } from '../../src/model/dialect-name.ts';
import { isJsonObject, type JsonObject } from '../../src/model/json.ts';
import { isRequestError } from '../../src/model/request-error.ts';
import type { Target } from '../../src/model/target.ts';
import { type Recording, recordings } from './recordings.ts';

/** Files that hold requests in one of our dialects; Mistral's are chat completions. */
export type RequestFile = DialectName | 'mistral';

/** A request that a real client sent, as the caller's kit of its dialect reads it. */
export interface RecordedRequest {
  readonly id: string;
  readonly provider: string;
  readonly request: ChatRequest;
}

/** A request that the caller's kit refuses. `status` is what the vendor answered to it. */
export interface RefusedRequest {
  readonly id: string;
  readonly status: number;
  readonly field: string;
  readonly why: string;
}

export interface RecordedRequests {
  readonly read: readonly RecordedRequest[];
  readonly refused: readonly RefusedRequest[];
}

/** Every recorded request of a file. */
export function recordedRequests(file: RequestFile): RecordedRequests {
  const read: RecordedRequest[] = [];
  const refused: RefusedRequest[] = [];
  for (const recording of recordings(file)) {
    const { id, provider, response } = recording;
    const body = bodyOf(recording);
    if (body === undefined) continue;
    try {
      const request = decodeBody(file === 'mistral' ? 'openai-chat' : file, body);
      read.push({ id, provider, request });
    } catch (error) {
      if (!isRequestError(error)) throw error;
      refused.push({ id, status: response.status, field: error.field, why: error.message });
    }
  }
  return { read, refused };
}

function bodyOf({ request }: Recording): JsonObject | undefined {
  if (!isJsonObject(request?.body)) return undefined;
  // On Vertex and in Gemini's dialect the model stands in the path; on Bedrock and Azure too.
  return { model: 'route', ...request.body };
}

/** Reads a body with the caller's kit of a dialect, as the edge would. */
export function decodeBody(dialect: DialectName, body: JsonObject): ChatRequest {
  return dialectKits.caller(dialect).decodeRequest(body, {});
}

/** Writes a request for a target. Ids count up, so that the same request gives the same body. */
export function encodeFor(request: ChatRequest, target: Target): EncodedRequest {
  let ids = 0;
  const newId = () => `id${String(++ids).padStart(16, '0')}`;
  return dialectKits.target(target.dialect).encodeRequest(request, { target, newId });
}

/** What the caller's kit of the target's dialect reads out of an encoded request. */
export function decodeEncoded(encoded: EncodedRequest, target: Target): ChatRequest {
  if (target.dialect === 'bedrock-converse' || target.dialect === 'openai-embeddings')
    throw new RangeError(`no caller chats in ${target.dialect}`);
  if (target.dialect !== 'gemini-generate') return decodeBody(target.dialect, encoded.body);
  // The edge puts these two where the path has them.
  return decodeBody(target.dialect, {
    ...encoded.body,
    model: target.model,
    stream: encoded.path.includes(':streamGenerateContent'),
  });
}
