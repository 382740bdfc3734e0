import type { Fault } from '../../model/fault.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { openaiAnswerFault } from '../common/openai-fault.ts';

export { openaiFault as decodeFault } from '../common/openai-fault.ts';

/** OpenAI's codes for input that it will not answer, whatever their message says. */
const POLICY_CODES = ['invalid_prompt', 'bio_policy', 'cyber_policy', 'image_content_policy_violation'];

/**
 * An error told inside an answer of status 200: the event `error` (the error nested, as OpenAI sends it, or flat, as its
 * specification has it), the response object of `response.failed`, an error body.
 */
export function answerFault(body: JsonObject): Fault {
  const response = isJsonObject(body.response) ? body.response : {};
  const error = body.error ?? response.error;
  const fault = openaiAnswerFault(isJsonObject(error) || typeof error === 'string' ? { error } : body);
  const code = fault.complaint?.code;
  if (code === undefined || !POLICY_CODES.includes(code)) return fault;
  return { kind: 'content-policy', message: fault.message, ...(fault.complaint && { complaint: fault.complaint }) };
}
