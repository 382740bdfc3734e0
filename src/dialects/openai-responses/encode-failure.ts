// OpenAI's errors are the same in both of its dialects.
export { openaiFailure as encodeFailure } from '../common/openai-failure.ts';
