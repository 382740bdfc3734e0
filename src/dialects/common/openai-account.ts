import type { ChatRequest, ServiceTier } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { fieldPath, optionalObject, optionalString } from './fields.ts';
import type { Unmapped } from './unmapped.ts';

/** Fields that OpenAI's two dialects have in common: who asks, at what price, and what the request is filed under. */
export type AccountFields = Pick<ChatRequest, 'endUser' | 'metadata' | 'promptCacheKey' | 'serviceTier'>;

const TIERS: Readonly<Record<string, ServiceTier>> = {
  auto: 'auto',
  default: 'standard',
  flex: 'flex',
  priority: 'priority',
};

export function decodeAccount(body: JsonObject, unmapped: Unmapped): AccountFields {
  const metadata = decodeMetadata(body, unmapped);
  const promptCacheKey = optionalString(body, 'prompt_cache_key', '') ?? '';
  const tier = optionalString(body, 'service_tier', '');
  const serviceTier = tier !== undefined && Object.hasOwn(TIERS, tier) ? TIERS[tier] : undefined;
  // Capacity that the caller's account bought beforehand, and words to come.
  if (tier !== undefined && tier !== '' && serviceTier === undefined) unmapped.add('service_tier', false);
  return {
    ...decodeEndUser(body, unmapped),
    ...(metadata && { metadata }),
    ...(promptCacheKey !== '' && { promptCacheKey }),
    ...(serviceTier && { serviceTier }),
  };
}

/** `user` is the older name. Where both are given and differ, the newer one says who it is. */
function decodeEndUser(body: JsonObject, unmapped: Unmapped): Pick<ChatRequest, 'endUser'> {
  const older = optionalString(body, 'user', '') ?? '';
  const newer = optionalString(body, 'safety_identifier', '') ?? '';
  if (newer !== '' && older !== '' && newer !== older) unmapped.add('user', false);
  const endUser = newer || older;
  return endUser === '' ? {} : { endUser };
}

/** Labels are texts. What else callers write there goes to targets of their own dialect alone. */
function decodeMetadata(body: JsonObject, unmapped: Unmapped): Record<string, string> | undefined {
  const given = optionalObject(body, 'metadata', '');
  if (given === undefined) return undefined;
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'string') labels[name] = value;
    else if (value !== null) unmapped.add(fieldPath('metadata', name), false);
  }
  return Object.keys(labels).length === 0 ? undefined : labels;
}

/** How long an answer is wanted; a word that is not known yet goes to targets of this dialect as it is. */
export function decodeVerbosity(object: JsonObject, path: string, unmapped: Unmapped): Pick<ChatRequest, 'verbosity'> {
  const word = optionalString(object, 'verbosity', path);
  const verbosity = (['low', 'medium', 'high'] as const).find((known) => known === word);
  if (word !== undefined && word !== '' && verbosity === undefined) unmapped.add(fieldPath(path, 'verbosity'), false);
  return verbosity === undefined ? {} : { verbosity };
}

/** The names of the functions among the tools of an `allowed_tools` choice; `nameOf` finds it in one of them. */
export function allowedNames(
  tools: readonly JsonObject[string][],
  nameOf: (tool: JsonObject) => JsonObject[string] | undefined,
): string[] {
  return tools.flatMap((tool) => {
    const name = isJsonObject(tool) ? nameOf(tool) : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}
