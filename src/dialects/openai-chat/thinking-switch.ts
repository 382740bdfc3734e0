import type { ChatRequest, ReasoningRequest } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { encodeEffort } from '../common/effort.ts';
import type { LossList } from '../common/losses.ts';

/** How much to think, in the field that this host has for it. */
export function encodeThinking(reasoning: ReasoningRequest | undefined, quirks: Quirks, losses: LossList): JsonObject {
  if (reasoning === undefined) return {};
  const { thinkingSwitch, thinking } = quirks;
  if (thinkingSwitch === 'reasoning-effort' || thinking === 'none') return effortField(reasoning, quirks, losses);
  const { effort, budgetTokens } = reasoning;
  if (effort === undefined && budgetTokens === undefined && reasoning.display === 'hidden') return {};
  const on = effort !== 'none';
  const isAmount = on && (effort !== undefined || budgetTokens !== undefined);
  switch (thinkingSwitch) {
    case 'reasoning':
      return { reasoning: brokered(reasoning) };
    case 'thinking': {
      const amount = isAmount && thinking === 'effort' ? effortField(reasoning, quirks, losses) : {};
      if (isAmount && thinking !== 'effort') tellOnly(losses);
      return { thinking: { type: on ? 'enabled' : 'disabled' }, ...amount };
    }
    case 'enable-thinking': {
      if (isAmount && budgetTokens === undefined) tellOnly(losses);
      return { enable_thinking: on, ...(on && budgetTokens !== undefined && { thinking_budget: budgetTokens }) };
    }
    case 'chat-template':
      if (isAmount) tellOnly(losses);
      return { chat_template_kwargs: { enable_thinking: on } };
  }
}

function effortField(reasoning: ReasoningRequest, quirks: Quirks, losses: LossList): JsonObject {
  const effort = encodeEffort(reasoning, quirks.thinking, losses);
  return effort === undefined ? {} : { reasoning_effort: effort };
}

function tellOnly(losses: LossList): void {
  losses.slight('reasoning', 'this target can only be told whether to think, not how much');
}

/** OpenRouter turns either form into what the model behind it takes. */
function brokered({ effort, budgetTokens }: ReasoningRequest): JsonObject {
  if (effort === 'none') return { enabled: false };
  if (effort !== undefined) return { effort: effort === 'max' ? 'xhigh' : effort };
  return budgetTokens === undefined ? { enabled: true } : { max_tokens: budgetTokens };
}

/** Every field by which some host is asked to think. */
const SWITCHES = ['reasoning_effort', 'reasoning', 'thinking', 'enable_thinking', 'thinking_budget'] as const;

/** The fields that a host with this switch knows. */
function knownSwitches({ thinkingSwitch, thinking }: Quirks): readonly string[] {
  switch (thinkingSwitch) {
    case 'reasoning-effort':
      return ['reasoning_effort'];
    case 'reasoning':
      return ['reasoning', 'reasoning_effort'];
    case 'thinking':
      return thinking === 'effort' ? ['thinking', 'reasoning_effort'] : ['thinking'];
    case 'enable-thinking':
      return ['enable_thinking', 'thinking_budget'];
    case 'chat-template':
      return ['chat_template_kwargs'];
  }
}

/**
 * A caller of this dialect may have written for another host. What this one is known not to take is said in its own
 * field; a host of which nothing is known gets the caller's words.
 */
export function adaptSwitch(
  body: JsonObject,
  request: Pick<ChatRequest, 'reasoning'>,
  { quirks, losses, refused }: { quirks: Quirks; losses: LossList; refused: (name: string) => boolean },
): void {
  const known = knownSwitches(quirks);
  const isOpen = quirks.thinkingSwitch === 'reasoning-effort';
  const strange = SWITCHES.filter(
    (name) => body[name] !== undefined && !known.includes(name) && (!isOpen || refused(name)),
  );
  if (strange.length === 0) return;
  for (const name of strange) delete body[name];
  if (!known.some((name) => (body[name] ?? null) !== null)) {
    Object.assign(body, encodeThinking(request.reasoning, quirks, losses));
  }
}
