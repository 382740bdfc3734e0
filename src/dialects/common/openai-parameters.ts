import type { ChatRequest, ServiceTier } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { LossList } from './losses.ts';

/** Longest `safety_identifier` and `prompt_cache_key` that OpenAI takes, in characters. */
const MAX_NAME_CHARS = 64;

const TIERS: Readonly<Record<ServiceTier, string>> = {
  auto: 'auto',
  standard: 'default',
  flex: 'flex',
  priority: 'priority',
};

const NOT_KNOWN = 'not sent: the target is not known to take it';

/** Who asks, at what price, and with whose cache, for OpenAI's two dialects. */
export function encodeAccount(request: ChatRequest, quirks: Quirks, losses: LossList): JsonObject {
  const { endUser, serviceTier, promptCacheKey } = request;
  const fields: JsonObject = {};
  if (endUser !== undefined) {
    // The newer name is OpenAI's alone, and shorter; everybody knows the older one.
    if (quirks.vendorFields && endUser.length <= MAX_NAME_CHARS) fields.safety_identifier = endUser;
    else fields.user = endUser;
  }
  if (serviceTier !== undefined) {
    if (quirks.vendorFields) fields.service_tier = TIERS[serviceTier];
    else losses.slight('service_tier', NOT_KNOWN);
  }
  if (promptCacheKey !== undefined) {
    if (quirks.vendorFields && promptCacheKey.length <= MAX_NAME_CHARS) fields.prompt_cache_key = promptCacheKey;
    else losses.slight('prompt_cache_key', NOT_KNOWN);
  }
  return fields;
}

/** The word to send; models before GPT-5 answer 400 to it, and what they do unasked is `medium`. */
export function encodeVerbosity(
  { verbosity }: ChatRequest,
  quirks: Quirks,
  losses: LossList,
): ChatRequest['verbosity'] | undefined {
  if (verbosity === undefined || verbosity === 'medium') return undefined;
  if (quirks.vendorFields && quirks.thinking === 'effort') return verbosity;
  losses.slight('verbosity', NOT_KNOWN);
  return undefined;
}

/** Whether the target can be asked for log probabilities; named where it cannot. */
export function takesLogprobs({ logprobs }: ChatRequest, quirks: Quirks, losses: LossList): boolean {
  if (logprobs === undefined) return false;
  // Models that think answer 400 to them, as they do to sampling.
  if (quirks.logprobs && quirks.sampling) return true;
  losses.grave('logprobs', 'dropped: this target tells no log probabilities');
  return false;
}
