// OpenAI's errors are the same in both of its dialects.
export { openaiAnswerFault as answerFault, openaiFault as decodeFault } from '../common/openai-fault.ts';
