import type { Ask } from './ask.ts';
import type { Personality } from './model-name.ts';

/**
 * What a model does that nobody asked for, though it knows what `steady` knows. Each of them ends where the prompt says
 * the right thing in the right place; see docs/simulator.md.
 */
export const HABITS = ['prose-around-json', 'renamed-key', 'other-refusal', 'verbose', 'deaf-to-brevity'] as const;
export type Habit = (typeof HABITS)[number];

/** Throws `RangeError` for what is none. */
export function readHabit(name: string): Habit {
  const habit = HABITS.find((one) => one === name);
  if (habit === undefined) throw new RangeError(`${JSON.stringify(name)} is no habit; habits are ${HABITS.join(', ')}`);
  return habit;
}

/** Personalities that are one habit each. */
const OF_PERSONALITY: Readonly<Partial<Record<Personality, readonly Habit[]>>> = {
  wrapper: ['prose-around-json'],
  renamer: ['renamed-key'],
  demurrer: ['other-refusal'],
  rambler: ['verbose'],
  deaf: ['deaf-to-brevity'],
};

/** Whose knowledge a personality has: habits change the manner, not the facts. */
export function knowledgeOf(personality: Personality): Personality {
  return OF_PERSONALITY[personality] ? 'steady' : personality;
}

const BARE_JSON =
  /\bjson\b[^\n]{0,60}\b(?:alone|only)\b|\b(?:only|nothing but)\b[^\n]{0,40}\bjson\b|\bno (?:words|prose|text|explanations?)\b/i;
const EXACT_KEYS =
  /\b(?:keys?|names?|fields?)\b[^\n]{0,60}\bexactly\b|\bexactly\b[^\n]{0,60}\b(?:keys?|names?|fields?)\b/i;
const BREVITY = /\b(?:concise|concisely|brief|briefly|short|terse)\b|\b(?:one|two|three|\d+) (?:sentences?|words)\b/i;
/** One sentence and nothing else: no list, no heading, no tag. */
const ALONE = /^[A-Za-z][^.!?<>]{0,80}[.!]?$/;

/** Puts words around JSON, unless it is told not to where the form of the answer is told, or by the user. */
export function wrapsJson(ask: Ask): boolean {
  if (!has(ask, 'prose-around-json') || ask.output.kind !== 'text') return false;
  return ![...outputLines(ask.system), ...linesOf(ask.userText)].some((line) => BARE_JSON.test(line));
}

/** Calls a key by another name, unless a schema holds it, or it is told that the names are these exactly. */
export function renamesKeys(ask: Ask): boolean {
  if (!has(ask, 'renamed-key')) return false;
  return ![...linesOf(ask.system), ...linesOf(ask.userText)].some((line) => EXACT_KEYS.test(line));
}

export function refusesOtherwise(ask: Ask): boolean {
  return has(ask, 'other-refusal');
}

/** Says more than it has to, unless it is asked for less in a way that it hears. */
export function rambles(ask: Ask): boolean {
  if (has(ask, 'deaf-to-brevity')) return !brevityLines(ask).some((line) => ALONE.test(line));
  return has(ask, 'verbose') && brevityLines(ask).length === 0;
}

/** Whether anybody asked for a short answer, wherever it stands. */
export function wantsBrevity(ask: Ask): boolean {
  return brevityLines(ask).length > 0;
}

function has({ personality, habits }: Ask, habit: Habit): boolean {
  return (OF_PERSONALITY[personality]?.includes(habit) ?? false) || (habits?.includes(habit) ?? false);
}

function brevityLines(ask: Ask): string[] {
  return [...linesOf(ask.system), ...linesOf(ask.userText)].filter((line) => BREVITY.test(line));
}

/** Lines under a heading or in a tag of the name `output`, and the last line of all. */
function outputLines(system: string): string[] {
  const lines = linesOf(system);
  const found: string[] = [];
  let within = false;
  for (const line of lines) {
    const mark = /^#+ (.+)$|^<(\/?)(\w+)>$/.exec(line);
    if (mark) within = mark[2] === '' ? mark[3] === 'output' : /^output$/i.test(mark[1] ?? '');
    else if (within) found.push(line);
  }
  const last = lines.at(-1);
  return last === undefined ? found : [...found, last];
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
