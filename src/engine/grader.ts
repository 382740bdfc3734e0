import { type Answer, answerText } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { JsonValue } from '../model/json.ts';

/** One of several answers to one request. Each has kept the contract. */
export interface Graded {
  readonly target: string;
  /** Position in the route; 0 is the primary. */
  readonly rank: number;
  readonly answer: Answer;
}

/** Grades answers to one request, in their order; the highest is the best. */
export type Grader = (answers: readonly Graded[], request: ChatRequest) => readonly number[];

/**
 * Grades what can be seen without knowing the task, as sums: 4 for an answer that is no refusal, 2 for one that was not
 * cut off, and up to 1 for agreement, the share of the answers that say the same: the same tool calls, or the same JSON
 * where JSON was asked for. Plain texts never agree to the letter, so that agreement says nothing of them.
 */
export function structuralGrades(answers: readonly Graded[], request: ChatRequest): readonly number[] {
  const said = answers.map(({ answer }) => sayingOf(answer, request));
  return answers.map(({ answer }, at) => {
    const own = said[at];
    const agree = own === undefined ? 0 : said.filter((other) => other === own).length / answers.length;
    return (isRefusal(answer) ? 0 : 4) + (isCut(answer) ? 0 : 2) + agree;
  });
}

/** A model that will not answer: by a refusal of its own, or because its provider's filter withheld what it said. */
export function isRefusal({ finish, parts }: Answer): boolean {
  return finish === 'refusal' || finish === 'content-filter' || parts.some(({ type }) => type === 'refusal');
}

function isCut({ finish }: Answer): boolean {
  return finish === 'length' || finish === 'pause' || finish === undefined;
}

/** What an answer says, in one form: undefined where forms cannot be compared. */
function sayingOf(answer: Answer, request: ChatRequest): string | undefined {
  const calls = answer.parts.filter((part) => part.type === 'tool-call');
  if (calls.length > 0)
    return calls.map(({ name, arguments: json }) => `${name} ${canonical(json) ?? json}`).join('\n');
  return request.output.kind === 'text' ? undefined : canonical(answerText(answer));
}

function canonical(json: string): string | undefined {
  try {
    return JSON.stringify(sorted(JSON.parse(json) as JsonValue));
  } catch {
    return undefined;
  }
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member as JsonValue)]));
}
