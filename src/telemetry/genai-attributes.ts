/**
 * Attribute names of the OpenTelemetry GenAI semantic conventions as of v1.41/`gen_ai_latest_experimental`
 * (repository open-telemetry/semantic-conventions-genai), kept here because the npm package marks all of them as moved.
 */
export const GEN_AI = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  maxTokens: 'gen_ai.request.max_tokens',
  temperature: 'gen_ai.request.temperature',
  responseModel: 'gen_ai.response.model',
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  errorType: 'error.type',
} as const;

/** What the conventions have no name for. */
export const UNDERSTUDY = {
  requestId: 'understudy.request_id',
  route: 'understudy.route',
  target: 'understudy.target',
  attempt: 'understudy.attempt',
  verdict: 'understudy.verdict',
  attempts: 'understudy.attempts',
  servedBy: 'understudy.served_by',
  degraded: 'understudy.degraded',
  degradedReason: 'understudy.degraded.reason',
  failoverCause: 'understudy.failover.cause',
} as const;

/** `gen_ai.provider.name` has fixed words for some providers; others go by their own name. */
const PROVIDER_WORDS: Readonly<Record<string, string>> = {
  gemini: 'gcp.gemini',
  google: 'gcp.gemini',
  mistral: 'mistral_ai',
  xai: 'x_ai',
};

export function providerWord(provider: string): string {
  return PROVIDER_WORDS[provider] ?? provider;
}
