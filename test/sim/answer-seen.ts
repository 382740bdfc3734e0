import type { ChatEvent } from '../../src/model/chat-event.ts';
import { answerOf } from '../kit/virtual-answer.ts';
import type { RequestForm } from './world-plan.ts';

/** An answer as its caller read it. */
export interface AnswerSeen {
  /** Names of the exchanges that parts of it came from, in order of first appearance. */
  readonly authors: readonly string[];
  readonly switches: number;
  /** Switches to an answer that went on where the first had ended; any other had to repeat it letter by letter. */
  readonly continued: number;
  readonly finished: boolean;
  /** Every piece of one exchange's answer, in order, and nothing else. */
  readonly whole: boolean;
  /** In the form that was asked for. */
  readonly asAsked: boolean;
}

const PIECE = /([a-z]+#\d+)\.(\d+)\/(\d+) /g;

export function readAnswer(events: readonly ChatEvent[], form: RequestForm): AnswerSeen {
  let text = '';
  let json = '';
  let tool: string | undefined;
  let switches = 0;
  let continued = 0;
  let finished = false;
  for (const event of events) {
    if (event.type === 'text') text += event.text;
    else if (event.type === 'tool-call-delta') json += event.json;
    else if (event.type === 'tool-call-start') tool = event.name;
    else if (event.type === 'switch') {
      switches += 1;
      if (event.how === 'continue') continued += 1;
    } else if (event.type === 'finish') finished = true;
  }
  const words = form === 'tool' ? json : text;
  const pieces = [...words.matchAll(PIECE)];
  const authors = [...new Set(pieces.map(([, by]) => by ?? ''))];
  return {
    authors,
    switches,
    continued,
    finished,
    whole: isWhole(words, form, pieces),
    asAsked: isAsAsked(words, form, tool),
  };
}

function isWhole(words: string, form: RequestForm, pieces: readonly RegExpMatchArray[]): boolean {
  const [first] = pieces;
  if (!first) return false;
  const of = form === 'tool' ? { kind: form, name: '' } : { kind: form };
  return answerOf(of, first[1] ?? '', Number(first[3])).pieces.join('') === words;
}

function isAsAsked(words: string, form: RequestForm, tool: string | undefined): boolean {
  if (form === 'text') return words !== '';
  if (form === 'tool' && tool !== 'note') return false;
  try {
    const value: unknown = JSON.parse(words);
    return typeof value === 'object' && value !== null && 'said' in value;
  } catch {
    return false;
  }
}
