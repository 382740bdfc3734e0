import { modelIdentity, type Target } from '../../model/target.ts';

/** Models that are told things in one manner. `open-weights` stands for every other model as well. */
export const MODEL_FAMILIES = [
  'openai-gpt',
  'openai-reasoning',
  'claude',
  'gemini',
  'gemma',
  'mistral',
  'open-weights',
] as const;
export type ModelFamily = (typeof MODEL_FAMILIES)[number];

/** By the name of the model itself; the first that fits. */
const BY_NAME: readonly (readonly [RegExp, ModelFamily])[] = [
  [/^gpt-oss/, 'open-weights'],
  [/^gpt-5(\.\d+)?-chat|^chatgpt/, 'openai-gpt'],
  [/^(o[1-9](-|$)|gpt-[5-9])/, 'openai-reasoning'],
  [/^gpt-/, 'openai-gpt'],
  [/^claude/, 'claude'],
  [/^gemini/, 'gemini'],
  [/^gemma/, 'gemma'],
  [/^(mistral|ministral|magistral|codestral|pixtral|devstral|mixtral)/, 'mistral'],
  [/^(llama|meta-llama|qwen|qwq|deepseek|kimi|glm|phi|command|grok|nova|minimax|yi)/, 'open-weights'],
];

/**
 * The family of a target, by the name of its model (the operator's `sameModel` where the provider's own name says
 * nothing, as at Azure), else by the vendor that its dialect belongs to.
 */
export function familyOf(target: Pick<Target, 'model' | 'sameModel' | 'dialect'>): ModelFamily {
  const identity = modelIdentity(target);
  // Bedrock and kin put vendor and region before the name: `eu.anthropic.claude-…`.
  const names = [identity, ...identity.split('.').map((_, at, parts) => parts.slice(at).join('.'))];
  for (const name of names) {
    const found = BY_NAME.find(([pattern]) => pattern.test(name));
    if (found) return found[1];
  }
  switch (target.dialect) {
    case 'anthropic-messages':
      return 'claude';
    case 'gemini-generate':
      return 'gemini';
    case 'openai-responses':
      return 'openai-gpt';
    case 'openai-chat':
    case 'openai-embeddings':
    case 'bedrock-converse':
      return 'open-weights';
  }
}
