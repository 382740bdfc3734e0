import type { TargetDialect } from '../../model/dialect.ts';
import { decodeAnswer } from './decode-answer.ts';
import { decodeFault } from './decode-fault.ts';
import { encodeRequest } from './encode-request.ts';
import { streamDecoder } from './stream-decoder.ts';

/** Converse of Amazon Bedrock: one API for the models of many vendors. No caller speaks it here. */
export const bedrockConverseTarget: TargetDialect = {
  name: 'bedrock-converse',
  encodeRequest,
  decodeAnswer,
  streamDecoder,
  decodeFault,
};
