import type { CallerDialect, TargetDialect } from '../../model/dialect.ts';
import { openaiFailure } from '../common/openai-failure.ts';
import { openaiFault } from '../common/openai-fault.ts';
import { decodeAnswer } from './decode-answer.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeAnswer } from './encode-answer.ts';
import { encodeRequest } from './encode-request.ts';

/** Embeddings as OpenAI and the hosts in its manner give them: never streamed, and never translated. */
export const openaiEmbeddingsTarget: TargetDialect = {
  name: 'openai-embeddings',
  encodeRequest,
  decodeAnswer,
  streamDecoder: neverStreamed,
  decodeFault: openaiFault,
};

export const openaiEmbeddingsCaller: CallerDialect = {
  name: 'openai-embeddings',
  decodeRequest,
  streamEncoder: neverStreamed,
  encodeAnswer,
  encodeFailure: openaiFailure,
  // Embeddings take no prompt.
  withAdditions: (body) => body,
  lossOf: () => undefined,
};

/** A request says that it is not streamed, so being asked for a stream is a mistake of ours. */
function neverStreamed(): never {
  throw new Error('embeddings are not streamed');
}
