import { type Candidate, type GenerateContentResponse, GoogleGenAI, type Part } from '@google/genai';
import type { JsonObject } from '../../../src/model/json.ts';
import {
  type FinishClass,
  PROMPT,
  type SdkAnswer,
  type SdkCall,
  type SdkChoice,
  type SdkQuestion,
  type SdkUsage,
  TOOL_SCHEMA,
  told,
} from './sdk-answer.ts';

/** `@google/genai`: `generateContent`, and the chunks of `generateContentStream`, which its users add up themselves. */
export async function readGeminiGenerate(question: SdkQuestion): Promise<SdkAnswer> {
  const client = new GoogleGenAI({ apiKey: 'caller', httpOptions: { baseUrl: question.url } });
  const { tools, alternatives } = question;
  const declarations = tools.map((name) => ({ name, parametersJsonSchema: TOOL_SCHEMA }));
  const asked = {
    model: question.model,
    contents: PROMPT,
    config: {
      thinkingConfig: { includeThoughts: true },
      ...(alternatives > 1 && { candidateCount: alternatives }),
      ...(tools.length > 0 && { tools: [{ functionDeclarations: declarations }] }),
    },
  };
  const responses: GenerateContentResponse[] = [];
  if (!question.stream) responses.push(await client.models.generateContent(asked));
  else for await (const response of await client.models.generateContentStream(asked)) responses.push(response);
  return answerOf(responses);
}

interface Draft {
  text: string;
  reasoning: string;
  calls: { name: string; arguments: JsonObject }[];
  native: string;
  others: string[];
}

function answerOf(responses: readonly GenerateContentResponse[]): SdkAnswer {
  const drafts = new Map<number, Draft>();
  let usage: SdkUsage = {};
  for (const response of responses) {
    const blocked = response.promptFeedback?.blockReason;
    if (blocked) draftOf(drafts, 0).native = `blocked: ${blocked}`;
    for (const [position, candidate] of (response.candidates ?? []).entries()) {
      follow(draftOf(drafts, candidate.index ?? position), candidate);
    }
    usage = { ...usage, ...usageOf(response) };
  }
  const sorted = [...drafts].sort(([a], [b]) => a - b).map(([, draft]) => draft);
  return { choices: sorted.map(choiceOf), usage, adapted: undefined };
}

function draftOf(drafts: Map<number, Draft>, index: number): Draft {
  const draft = drafts.get(index) ?? { text: '', reasoning: '', calls: [], native: '', others: [] };
  drafts.set(index, draft);
  return draft;
}

function follow(draft: Draft, { content, finishReason }: Candidate): void {
  for (const part of content?.parts ?? []) followPart(draft, part);
  if (finishReason) draft.native = String(finishReason);
}

const ABOUT = ['text', 'thought', 'thoughtSignature', 'functionCall'];

function followPart(draft: Draft, part: Part): void {
  if (part.thought) draft.reasoning += part.text ?? '';
  else draft.text += part.text ?? '';
  draft.others.push(...Object.keys(part).filter((name) => !ABOUT.includes(name)));
  const { functionCall } = part;
  if (!functionCall) return;
  const { name, args, partialArgs } = functionCall;
  if (name) draft.calls.push({ name, arguments: { ...(args as JsonObject | undefined) } });
  const call = draft.calls.at(-1);
  for (const piece of partialArgs ?? []) if (call) addPiece(call.arguments, piece);
}

/** A piece of one argument at the top of the object: `{jsonPath: "$.city", stringValue: "Os"}`. */
function addPiece(args: JsonObject, piece: { jsonPath?: string; stringValue?: string; numberValue?: number }): void {
  const name = (piece.jsonPath ?? '').replace(/^\$\./, '');
  const earlier = args[name];
  if (piece.stringValue !== undefined) {
    args[name] = (typeof earlier === 'string' ? earlier : '') + piece.stringValue;
  } else if (piece.numberValue !== undefined) args[name] = piece.numberValue;
}

function choiceOf({ text, reasoning, calls, native, others }: Draft): SdkChoice {
  const made: SdkCall[] = calls;
  return { text, refusal: '', reasoning, calls: made, finish: classOf(native, made.length > 0), native, others };
}

/** Calls end an answer like any other, by `STOP`. Numbers come where a client has asked for them (`enum-encoding=int`). */
function classOf(word: string, calls: boolean): FinishClass {
  switch (word) {
    case 'STOP':
    case '1':
      return calls ? 'tool-calls' : 'stop';
    case 'MAX_TOKENS':
    case '2':
      return 'length';
    case 'SAFETY':
    case 'RECITATION':
    case 'BLOCKLIST':
    case 'PROHIBITED_CONTENT':
    case 'SPII':
    case 'MODEL_ARMOR':
      return 'filtered';
    default:
      return word.startsWith('blocked') ? 'filtered' : 'other';
  }
}

/** Total = prompt + candidates + thoughts + results of server tools; counts of zero are left out on the wire. */
function usageOf({ usageMetadata: usage }: GenerateContentResponse): SdkUsage {
  if (!usage) return {};
  const input =
    usage.promptTokenCount === undefined ? undefined : usage.promptTokenCount + (usage.toolUsePromptTokenCount ?? 0);
  const thoughts = usage.thoughtsTokenCount ?? 0;
  const { candidatesTokenCount: candidates, totalTokenCount: total } = usage;
  const output =
    candidates === undefined && total !== undefined && input !== undefined
      ? total - input
      : (candidates ?? 0) + thoughts;
  return told({ input, output, cached: usage.cachedContentTokenCount, reasoning: usage.thoughtsTokenCount });
}
