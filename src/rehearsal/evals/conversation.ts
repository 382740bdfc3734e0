import { OpaqueMemory } from '../../engine/opaque-memory.ts';
import type { EngineDeps } from '../../engine/run-state.ts';
import { type Answer, answerText, mergeUsage } from '../../model/answer.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { Message, ToolCallPart } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { textHash } from '../../model/text-hash.ts';
import type { Usage } from '../../model/usage.ts';
import { type AnswerSeen, answerSeen } from '../../quality/graders/grader.ts';
import { difference } from '../../quality/graders/same-json.ts';
import { type Asked, askOnce, type Question } from './ask-once.ts';
import type { EvalHouse } from './house.ts';
import type { ScriptedResult, SuiteCase, SuiteMessage } from './suite.ts';

/** Answers of one turn that may call tools before the last one speaks. */
const MAX_TOOL_ROUNDS = 8;

/** State that one conversation may have remembered. */
const MEMORY = { turns: 200, bytes: 16_000_000, keepMs: 3_600_000 };

/** What one case came to at one target, once. */
export interface Conversation {
  /** One a turn, as far as it came. */
  readonly answers: readonly AnswerSeen[];
  readonly error?: Asked['error'];
  readonly cached: boolean;
  readonly requestId: string;
  readonly durationMs: number;
  readonly usage: Usage;
  /** Of all its answers when they were given, and of those that were paid for now. */
  readonly costUsd?: number;
  readonly spentUsd: number;
  readonly asked: number;
  readonly replayed: number;
  readonly servedModels: readonly string[];
  readonly promptVersion?: string;
  /** When the oldest of its kept answers was given; wall clock, milliseconds since 1970. */
  readonly oldestAt?: number;
}

export interface ConversationOrder extends Pick<Question, 'route' | 'sample' | 'signal' | 'notBefore'> {
  readonly case: SuiteCase;
  /** Everything but the conversation. */
  readonly request: ChatRequest;
}

/** Holds the conversation of a case: each turn is answered before the next is sent, and tools give what the suite says. */
export async function converse(order: ConversationOrder, house: EvalHouse): Promise<Conversation> {
  const deps: EngineDeps = { ...house.engine, memory: new OpaqueMemory(MEMORY) };
  const sum = new Sum();
  const answers: AnswerSeen[] = [];
  const history: Message[] = [];
  for (const turn of order.case.turns) {
    history.push(...turn.messages.map(messageOf));
    const seen = await answerTurn(order, history, { sum, house, deps });
    if (seen) answers.push(seen);
    if (sum.error) break;
  }
  return sum.conversation(answers);
}

interface Around {
  readonly sum: Sum;
  readonly house: EvalHouse;
  readonly deps: EngineDeps;
}

/** Goes on while the answer calls tools all of which have a result; the answer is the last one, with every call of the turn. */
async function answerTurn(
  order: ConversationOrder,
  history: Message[],
  around: Around,
): Promise<AnswerSeen | undefined> {
  const calls: AnswerSeen['toolCalls'][number][] = [];
  for (let round = 0; ; round += 1) {
    const request: ChatRequest = { ...order.request, messages: [...history], conversationEdited: true };
    const asked = await ask(order, request, around);
    if (!asked.answer) return undefined;
    const seen = answerSeen(asked.answer, request);
    calls.push(...seen.toolCalls);
    const results = asked.error ? undefined : resultsFor(asked.answer, order.case.toolResults);
    history.push({ role: 'assistant', parts: asked.answer.parts });
    if (!results || round >= MAX_TOOL_ROUNDS) return { ...seen, toolCalls: calls };
    history.push(results);
  }
}

async function ask(order: ConversationOrder, request: ChatRequest, around: Around): Promise<Asked> {
  const { route, sample, signal, notBefore } = order;
  const seed = `ev${textHash(`${order.case.id} ${request.messages.length}`)}`.padEnd(16, '0').slice(0, 16);
  const asked = await askOnce(
    {
      request,
      route,
      sample,
      signal,
      seed,
      ...(notBefore !== undefined && { notBefore }),
    },
    around.house,
    around.deps,
  );
  around.sum.add(asked);
  return asked;
}

/** Undefined where nothing was called, or one of the calls has no result. */
function resultsFor(answer: Answer, scripts: SuiteCase['toolResults']): Message | undefined {
  const calls = answer.parts.filter((part) => part.type === 'tool-call');
  if (calls.length === 0) return undefined;
  const parts = calls.flatMap((call) => {
    const found = resultOf(call, scripts[call.name] ?? []);
    if (found === undefined) return [];
    const text = typeof found === 'string' ? found : JSON.stringify(found);
    return [
      { type: 'tool-result' as const, callId: call.id, content: [{ type: 'text' as const, text }], isError: false },
    ];
  });
  return parts.length === calls.length ? { role: 'tool', parts } : undefined;
}

function resultOf(call: ToolCallPart, scripts: readonly ScriptedResult[]): JsonValue | undefined {
  const given = argumentsOf(call);
  const rules = { tolerances: new Map(), anyOrder: new Set<string>(), subset: true };
  return scripts.find(({ when }) => when === undefined || difference(when, given, rules) === undefined)?.result;
}

function argumentsOf(call: ToolCallPart): JsonObject {
  try {
    const value: unknown = JSON.parse(call.arguments);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

export function messageOf({ role, content }: SuiteMessage): Message {
  return { role, parts: [{ type: 'text', text: content }] };
}

/** Adds up what the requests of one conversation came to. */
class Sum {
  error: Asked['error'];
  #requestId = '';
  #durationMs = 0;
  #usage: Usage = {};
  #costUsd: number | undefined = 0;
  #spentUsd = 0;
  #asked = 0;
  #replayed = 0;
  readonly #models = new Set<string>();
  #promptVersion: string | undefined;
  #oldestAt: number | undefined;

  add(asked: Asked): void {
    this.error = asked.error;
    this.#requestId = asked.requestId;
    this.#durationMs += asked.durationMs;
    this.#usage = added(this.#usage, asked.usage);
    this.#costUsd =
      this.#costUsd === undefined || asked.costUsd === undefined ? undefined : this.#costUsd + asked.costUsd;
    if (asked.cached) this.#replayed += 1;
    else {
      this.#asked += 1;
      this.#spentUsd += asked.costUsd ?? 0;
    }
    if (asked.servedModel !== undefined) this.#models.add(asked.servedModel);
    this.#promptVersion = asked.promptVersion ?? this.#promptVersion;
    if (asked.givenAt !== undefined) this.#oldestAt = Math.min(this.#oldestAt ?? asked.givenAt, asked.givenAt);
  }

  conversation(answers: readonly AnswerSeen[]): Conversation {
    return {
      answers,
      ...(this.error && { error: this.error }),
      cached: this.#asked === 0,
      requestId: this.#requestId,
      durationMs: Math.round(this.#durationMs),
      usage: this.#usage,
      ...(this.#costUsd !== undefined && { costUsd: this.#costUsd }),
      spentUsd: this.#spentUsd,
      asked: this.#asked,
      replayed: this.#replayed,
      servedModels: [...this.#models],
      ...(this.#promptVersion !== undefined && { promptVersion: this.#promptVersion }),
      ...(this.#oldestAt !== undefined && { oldestAt: this.#oldestAt }),
    };
  }
}

/** Requests of one conversation are paid for one by one: counts add up. */
function added(one: Usage, other: Usage): Usage {
  const sum: Record<string, number> = {};
  for (const usage of [one, other]) {
    for (const [name, count] of Object.entries(mergeUsage({}, usage))) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

/** All that was said in it, for people to read. */
export function textOf({ answers }: Conversation): string {
  return answers.map(({ answer }) => answerText(answer) || refusalOf(answer)).join('\n\n---\n\n');
}

function refusalOf({ parts }: Answer): string {
  return parts.flatMap((part) => (part.type === 'refusal' ? [part.text] : [])).join('');
}
