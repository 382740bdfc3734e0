import type { CapabilityName } from '../model/capability.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Part } from '../model/conversation.ts';
import type { Requirement } from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import { holderOf, requirementsOf } from './requirements.ts';
import type { RouteTarget } from './route.ts';
import { LazyMeasure, type Measure } from './token-estimate.ts';

/** What a request needs of whoever serves it, worked out once a request. */
export interface Needs {
  readonly abilities: ReadonlySet<CapabilityName>;
  /** What its fields and messages ask for, each with who is taken to hold it. */
  readonly requirements: readonly { readonly requirement: Requirement; readonly holder: string | undefined }[];
  readonly measure: Measure;
  /** The model whose vectors are wanted, where embeddings are: no other model's can stand beside them. */
  readonly vectorsOf?: Target;
}

/** `targets`: of the route, in its order; they tell who holds what the request knows by an id alone. */
export function needsOf(request: ChatRequest, targets: readonly RouteTarget[] = []): Needs {
  const abilities = new Set<CapabilityName>();
  if (request.stream) abilities.add('streaming');
  if (request.tools.length > 0 && request.toolChoice?.kind !== 'none') abilities.add('tools');
  for (const message of request.messages) for (const part of message.parts) addNeeds(part, abilities);
  const inOrder = targets.map(({ target }) => target);
  // Whoever pins a request knows where its files are.
  const holder = (requirement: Requirement) =>
    request.options.pin === undefined ? holderOf(requirement, inOrder) : undefined;
  const requirements = requirementsOf(request).map((requirement) => ({ requirement, holder: holder(requirement) }));
  const [primary] = inOrder;
  return {
    abilities,
    requirements,
    measure: new LazyMeasure(request),
    ...(request.dialect === 'openai-embeddings' && primary && { vectorsOf: primary }),
  };
}

function addNeeds(part: Part, abilities: Set<CapabilityName>): void {
  switch (part.type) {
    case 'image':
      abilities.add('vision');
      return;
    case 'audio':
      abilities.add('audio');
      return;
    case 'file':
      abilities.add('pdf');
      return;
    case 'tool-call':
      abilities.add('tools');
      return;
    case 'tool-result':
      abilities.add('tools');
      for (const piece of part.content) addNeeds(piece, abilities);
      return;
    case 'text':
    case 'reasoning':
    case 'refusal':
    case 'foreign':
      return;
  }
}
