import type { CapabilityName } from './capability.ts';
import type { TargetDialectName } from './dialect-name.ts';

/** What a provider may hold for a caller, known by an id that means nothing to anybody else. */
export const PROVIDER_STATES = ['file', 'cached-content', 'container', 'continuation', 'fallback-credit'] as const;
export type ProviderState = (typeof PROVIDER_STATES)[number];

/** Something that a request cannot be served without. A target that does not have it is not eligible. */
export type Requirement =
  | {
      readonly kind: 'ability';
      readonly ability: CapabilityName;
      /** The one dialect in which it can be asked for; absent: every dialect that has a word for it. */
      readonly only?: TargetDialectName;
      /** What asks for it, in the caller's terms. */
      readonly field: string;
    }
  | {
      readonly kind: 'provider-state';
      readonly state: ProviderState;
      /** The dialect whose provider holds it. */
      readonly dialect: TargetDialectName;
      readonly field: string;
    };

/** Abilities that a dialect has no words for: no target that is spoken to in it can be asked. */
export const DIALECT_LACKS: Readonly<Record<TargetDialectName, readonly CapabilityName[]>> = {
  'openai-chat': [],
  'openai-responses': ['audio', 'video', 'several-answers'],
  'anthropic-messages': ['audio', 'video', 'audio-output', 'several-answers'],
  'gemini-generate': [],
  'openai-embeddings': ['streaming'],
  'bedrock-converse': ['audio', 'audio-output', 'image-output', 'several-answers'],
};

/** OpenAI's two dialects reach the same account, and with it the same files. */
export function sameVendor(a: TargetDialectName, b: TargetDialectName): boolean {
  return a === b || (a.startsWith('openai-') && b.startsWith('openai-'));
}
