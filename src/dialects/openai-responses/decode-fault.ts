import type { Fault } from '../../model/fault.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { openaiAnswerFault } from '../common/openai-fault.ts';

export { openaiFault as decodeFault } from '../common/openai-fault.ts';

/**
 * An error told inside an answer of status 200: the event `error` (the error nested, as OpenAI sends it, or flat, as its
 * specification has it), the response object of `response.failed`, an error body.
 */
export function answerFault(body: JsonObject): Fault {
  const response = isJsonObject(body.response) ? body.response : {};
  const error = body.error ?? response.error;
  return openaiAnswerFault(isJsonObject(error) || typeof error === 'string' ? { error } : body);
}
