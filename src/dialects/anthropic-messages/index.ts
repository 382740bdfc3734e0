import type { CallerDialect, TargetDialect } from '../../model/dialect.ts';
import { lossIn } from '../common/answer-losses.ts';
import { ANSWER_PLACES } from './answer-places.ts';
import { counter, counting } from './count-tokens.ts';
import { decodeAnswer } from './decode-answer.ts';
import { decodeFault } from './decode-fault.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeAnswer } from './encode-answer.ts';
import { encodeFailure } from './encode-failure.ts';
import { encodeRequest } from './encode-request.ts';
import { streamDecoder } from './stream-decoder.ts';
import { streamEncoder } from './stream-encoder.ts';
import { withAdditions } from './with-additions.ts';

export const anthropicMessagesTarget: TargetDialect = {
  name: 'anthropic-messages',
  encodeRequest,
  decodeAnswer,
  streamDecoder,
  decodeFault,
  counter,
};

export const anthropicMessagesCaller: CallerDialect = {
  name: 'anthropic-messages',
  decodeRequest,
  streamEncoder,
  encodeAnswer,
  encodeFailure,
  withAdditions,
  counting,
  lossOf: (event, moment) => lossIn(event, ANSWER_PLACES, moment),
};
