import type { TargetDialect } from '../../model/dialect.ts';
import { decodeAnswer } from './decode-answer.ts';
import { decodeFault } from './decode-fault.ts';
import { encodeRequest } from './encode-request.ts';
import { streamDecoder } from './stream-decoder.ts';

/** Gemini's `generateContent`, on the Gemini API and on Vertex. */
export const geminiGenerateTarget: TargetDialect = {
  name: 'gemini-generate',
  encodeRequest,
  decodeAnswer,
  streamDecoder,
  decodeFault,
};
