import type { Stamp, Trouble, VendorError } from '../dialect-kit.ts';
import { openaiRefusal } from '../openai-chat/errors.ts';

/** As Chat Completions refuses, but for what concerns the input. */
export function responsesRefusal(trouble: Trouble, stamp: Stamp): VendorError {
  const vendor = openaiRefusal(trouble, stamp);
  if (trouble.kind !== 'context-too-long') return vendor;
  const message = 'Your input exceeds the context window of this model. Please adjust your input and try again.';
  const error = { message, type: 'invalid_request_error', param: 'input', code: 'context_length_exceeded' };
  return { ...vendor, body: { error } };
}

/** The event `error`, as the API sends it when a stream fails after its start. */
export function responsesErrorFrame(trouble: Trouble, stamp: Stamp): string {
  const { error = null } = responsesRefusal(trouble, stamp).body;
  return `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: 0, error })}\n\n`;
}
