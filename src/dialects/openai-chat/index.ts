import type { CallerDialect, TargetDialect } from '../../model/dialect.ts';
import { lossIn } from '../common/answer-losses.ts';
import { ANSWER_PLACES } from './answer-places.ts';
import { decodeAnswer } from './decode-answer.ts';
import { decodeFault } from './decode-fault.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeAnswer } from './encode-answer.ts';
import { encodeFailure } from './encode-failure.ts';
import { encodeRequest } from './encode-request.ts';
import { streamDecoder } from './stream-decoder.ts';
import { streamEncoder } from './stream-encoder.ts';
import { withAdditions } from './with-additions.ts';

/** Chat completions, as OpenAI and some 25 other providers speak it; how they differ is in `Quirks`. */
export const openaiChatTarget: TargetDialect = {
  name: 'openai-chat',
  encodeRequest,
  decodeAnswer,
  streamDecoder,
  decodeFault,
};

export const openaiChatCaller: CallerDialect = {
  name: 'openai-chat',
  decodeRequest,
  streamEncoder,
  encodeAnswer,
  encodeFailure,
  withAdditions,
  lossOf: (event, moment) => lossIn(event, ANSWER_PLACES, moment),
};
