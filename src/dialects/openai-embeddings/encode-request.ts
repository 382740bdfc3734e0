import type { ChatRequest } from '../../model/chat-request.ts';
import type { EncodeContext, EncodedRequest } from '../../model/dialect.ts';
import { embeddingInputs } from './decode-request.ts';

/** The caller's own body for the target's model. Only callers of this dialect get here: eligibility sees to it. */
export function encodeRequest(request: ChatRequest, { target, newId }: EncodeContext): EncodedRequest {
  return {
    path: '/embeddings',
    headers: {},
    body: { ...request.original, model: target.model },
    losses: [],
    reading: {
      toolNames: new Map(),
      finishOptional: false,
      vectors: embeddingInputs(request.original.input).length,
      newId,
    },
  };
}
