import type { CapabilityName } from '../model/capability.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Part } from '../model/conversation.ts';
import { DIALECT_LACKS, type ProviderState, type Requirement, sameVendor } from '../model/requirement.ts';
import type { Target } from '../model/target.ts';

/** Most requirements that are looked for in one conversation: beyond that no target could be told apart any more. */
const MAX_REQUIREMENTS = 1_000;

/** Something a request needs and a target does not have. */
export interface Unmet {
  readonly reason: `capability(${CapabilityName})` | `provider-state(${ProviderState})`;
  readonly detail: string;
  /** What asks for it, in the caller's terms. */
  readonly field: string;
}

/** What a request cannot be served without: what its fields asked for, and what its messages hold. */
export function requirementsOf(request: ChatRequest): Requirement[] {
  const found: Requirement[] = [...request.requires];
  const { messages } = request;
  for (let at = 0; at < messages.length && found.length <= MAX_REQUIREMENTS; at += 1) {
    addRequirements(messages[at]?.parts ?? NO_PARTS, at, found);
  }
  return found;
}

const NO_PARTS: readonly Part[] = [];

/** Most parts ask for nothing, and no name is made for those. */
function addRequirements(parts: readonly Part[], message: number, found: Requirement[]): void {
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at];
    if (part === undefined || part.type === 'text' || part.type === 'tool-call') continue;
    found.push(...requirementsOfPart(part, `messages[${message}].content[${at}]`));
  }
}

function requirementsOfPart(part: Part, field: string): Requirement[] {
  switch (part.type) {
    case 'image':
    case 'file':
    case 'audio': {
      const { source } = part;
      if (source.kind !== 'provider-file') return [];
      return [{ kind: 'provider-state', state: 'file', dialect: source.dialect, field }];
    }
    case 'tool-result':
      return part.content.flatMap((piece, at) => requirementsOfPart(piece, `${field}.content[${at}]`));
    case 'foreign':
      // A film is no ornament: whoever cannot see it answers something else.
      if (!part.kind.includes('video')) return [];
      return [{ kind: 'ability', ability: 'video', only: part.dialect, field }];
    case 'text':
    case 'tool-call':
    case 'reasoning':
    case 'refusal':
      return [];
  }
}

/**
 * The provider that holds a caller's files and caches, as far as a route can tell: the first of its targets that speaks
 * the language in which they were made. Nobody else is asked for them. Undefined where no target speaks it.
 */
export function holderOf(requirement: Requirement, targets: readonly Target[]): string | undefined {
  if (requirement.kind !== 'provider-state') return undefined;
  return targets.find(({ dialect }) => sameVendor(dialect, requirement.dialect))?.provider;
}

/** Why a target cannot meet a requirement; undefined where it can, or where nobody knows. `holder` as of `holderOf`. */
export function unmetBy(target: Target, requirement: Requirement, holder: string | undefined): Unmet | undefined {
  const { field } = requirement;
  if (requirement.kind === 'provider-state') {
    if (sameVendor(target.dialect, requirement.dialect) && (holder === undefined || holder === target.provider)) {
      return undefined;
    }
    const who = holder ?? `a provider of ${requirement.dialect}`;
    return { reason: `provider-state(${requirement.state})`, detail: `${field} is held by ${who}`, field };
  }
  const { ability, only } = requirement;
  const reason = `capability(${ability})` as const;
  if (only !== undefined && only !== target.dialect) {
    return { reason, detail: `${field} can be asked for in ${only} alone`, field };
  }
  if (DIALECT_LACKS[target.dialect].includes(ability)) {
    return { reason, detail: `${field} cannot be told in ${target.dialect}`, field };
  }
  if (target.capabilities.abilities[ability] === 'no') {
    return { reason, detail: `${field} asks for it, and ${target.model} is known not to have it`, field };
  }
  return undefined;
}
