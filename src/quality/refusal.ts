import { type Answer, answerText } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import { isRefusal } from './contract.ts';
import { REFUSAL_PHRASES, type RefusalFamily, type RefusalPhrase } from './refusal-phrases.ts';

/**
 * `certain`: the provider says so. `likely`: a short answer begins as refusals do. `possible`: it does, and the words
 * stand in the request too, so that it may be doing what it was asked.
 */
export type RefusalConfidence = 'certain' | 'likely' | 'possible';

/** Why an answer is taken for a refusal. */
export interface Refusal {
  readonly by: 'form' | 'words';
  readonly confidence: RefusalConfidence;
  /** Of whose models the words are typical, and in which language. */
  readonly family?: RefusalFamily;
  readonly language?: string;
}

/** Longest answer whose words can make it a refusal: those who go on have usually begun to help. */
export const MAX_REFUSAL_CHARS = 600;
/** How much of the beginning is looked at. */
const OPENING_CHARS = 200;

/**
 * Whether an answer is a refusal: by its form first (a refusal part, a finish reason), by how it begins second. Calls
 * of tools, JSON and long answers are none. Undefined where it is none.
 */
export function refusalOf(answer: Answer, request: ChatRequest): Refusal | undefined {
  if (isRefusal(answer)) return { by: 'form', confidence: 'certain' };
  if (answer.parts.some(({ type }) => type === 'tool-call')) return undefined;
  const text = answerText(answer).trim();
  if (text === '' || text.length > MAX_REFUSAL_CHARS) return undefined;
  const opening = plain(text.slice(0, OPENING_CHARS));
  const phrase = phraseOf(opening, familyOf(answer.model));
  if (!phrase) return undefined;
  const [said = ''] = phrase.opening.exec(opening) ?? [];
  const confidence = standsIn(request, said) ? 'possible' : 'likely';
  return { by: 'words', confidence, family: phrase.family, language: phrase.language };
}

/** Of the answer's own family where one fits, else any: models say what others say too. */
function phraseOf(opening: string, family: RefusalFamily): RefusalPhrase | undefined {
  const fitting = REFUSAL_PHRASES.filter((phrase) => phrase.opening.test(opening));
  return fitting.find((phrase) => phrase.family === family) ?? fitting[0];
}

function familyOf(model: string | undefined): RefusalFamily {
  const [found] = /claude|gemini|gpt/i.exec(model ?? '') ?? [];
  switch (found?.toLowerCase()) {
    case 'claude':
      return 'claude';
    case 'gemini':
      return 'gemini';
    case 'gpt':
      return 'gpt';
    default:
      return 'any';
  }
}

function standsIn({ messages }: ChatRequest, said: string): boolean {
  return messages.some(
    ({ role, parts }) =>
      role !== 'assistant' && parts.some((part) => part.type === 'text' && plain(part.text).includes(said)),
  );
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[’‘`]/g, "'")
    .replace(/["“”„«»*_#>]/g, '')
    .replace(/\s+/g, ' ')
    .trimStart();
}
