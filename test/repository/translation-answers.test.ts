import { describe, expect, test } from 'vitest';
import { ANSWER_PLACES as anthropic } from '../../src/dialects/anthropic-messages/answer-places.ts';
import { readStopReason, writeStopReason } from '../../src/dialects/anthropic-messages/finish-reasons.ts';
import type { AnswerPlaces } from '../../src/dialects/common/answer-losses.ts';
import { ANSWER_PLACES as gemini } from '../../src/dialects/gemini-generate/answer-places.ts';
import { endingOf, writeFinish as writeGemini } from '../../src/dialects/gemini-generate/finish-reasons.ts';
import { ANSWER_PLACES as chat } from '../../src/dialects/openai-chat/answer-places.ts';
import { readFinish, writeFinish as writeChat } from '../../src/dialects/openai-chat/finish-reasons.ts';
import { ANSWER_PLACES as responses } from '../../src/dialects/openai-responses/answer-places.ts';
import { readStatus, writeStatus } from '../../src/dialects/openai-responses/finish-reasons.ts';
import { FINISH_REASONS, type FinishReason } from '../../src/model/chat-event.ts';
import { DIALECT_NAMES, type DialectName } from '../../src/model/dialect-name.ts';
import { text } from './tree.ts';

const page = text('docs/translation-answers.md');

/** Cells by row and column; the first column names the row. */
function table(heading: string): Map<string, Record<DialectName, string>> {
  const rows = new Map<string, Record<DialectName, string>>();
  const lines = page.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    const [name = '', ...cells] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    const [chatCell = '', responsesCell = '', anthropicCell = '', geminiCell = ''] = cells;
    rows.set(name.replaceAll('`', ''), {
      'openai-chat': chatCell,
      'openai-responses': responsesCell,
      'anthropic-messages': anthropicCell,
      'gemini-generate': geminiCell,
    });
  }
  return rows;
}

const words = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

/** `fault` where the word is no end. */
const READ: Readonly<Record<DialectName, (word: string, calls: boolean) => FinishReason | 'fault'>> = {
  'openai-chat': (word, calls) => {
    const end = readFinish(word, calls);
    return 'fault' in end ? 'fault' : end.reason;
  },
  'openai-responses': (word, calls) => {
    const status = ['completed', 'failed', 'cancelled', 'queued', 'in_progress'].includes(word) ? word : 'incomplete';
    const end = readStatus({ status, incomplete_details: { reason: word } }, calls);
    return 'fault' in end ? 'fault' : end.reason;
  },
  'anthropic-messages': readStopReason,
  'gemini-generate': (word, calls) => {
    const end = endingOf(word, { calls, content: true });
    return end.kind === 'fault' ? 'fault' : end.reason;
  },
};

const WRITE: Readonly<Record<DialectName, (reason: FinishReason) => string>> = {
  'openai-chat': (reason) => writeChat(reason, false),
  'openai-responses': (reason) => {
    const { status, incomplete_details } = writeStatus(reason, false);
    return incomplete_details?.reason ?? status;
  },
  'anthropic-messages': (reason) => writeStopReason(reason, { calledTools: false, refused: false }),
  'gemini-generate': (reason) => writeGemini(reason, undefined, false),
};

const PLACES: Readonly<Record<DialectName, AnswerPlaces>> = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': anthropic,
  'gemini-generate': gemini,
};

describe('the page on answers', () => {
  test('has a row for every end, read and told', () => {
    expect([...table('read as').keys()]).toEqual([...FINISH_REASONS]);
    expect([...table('told as').keys()]).toEqual([...FINISH_REASONS]);
  });

  test.each(DIALECT_NAMES)('reads the words of %s as the code does', (dialect) => {
    let read = 0;
    for (const [reason, cells] of table('read as')) {
      for (const word of words(cells[dialect])) {
        expect([word, READ[dialect](word, reason === 'tool-calls')]).toEqual([word, reason]);
        read += 1;
      }
    }
    expect(read).toBeGreaterThan(3);
    expect(READ[dialect]('something_new', false)).toBe('other');
  });

  test.each(DIALECT_NAMES)('tells the ends in the words of %s as the code does', (dialect) => {
    for (const reason of FINISH_REASONS) {
      expect(words(table('told as').get(reason)?.[dialect] ?? '')).toEqual([WRITE[dialect](reason)]);
    }
  });

  test('names as faults what the code takes for faults', () => {
    const start = page.indexOf('These are no ends but faults');
    const listed = words(page.slice(start, page.indexOf('\n\n', start)));
    const kinds = (word: string) => DIALECT_NAMES.map((dialect) => READ[dialect](word, false));
    expect(listed.filter((word) => word !== 'other' && !kinds(word).includes('fault'))).toEqual([]);
    expect(listed).toHaveLength(13);
  });

  test.each(DIALECT_NAMES)('knows what %s has a place for', (dialect) => {
    const rows = table('place for');
    const cell = (name: string) => rows.get(name)?.[dialect];
    const { refusals, logprobs, stopSequence, pause, alternatives, documents, tiers } = PLACES[dialect];
    const yes = (holds: boolean) => (holds ? 'yes' : 'no');
    expect({
      refusals: cell('refusals apart from text'),
      logprobs: cell('log probabilities'),
      stopSequence: cell('the stop sequence that was met'),
      pause: cell('a turn to be continued'),
      alternatives: cell('several answers'),
      documents: cell('citations of documents without an address'),
      tiers: words(cell('service tiers') ?? ''),
    }).toEqual({
      refusals: yes(refusals),
      logprobs: { none: 'no', text: 'of text', all: 'of text and refusals' }[logprobs],
      stopSequence: yes(stopSequence),
      pause: yes(pause),
      alternatives: yes(alternatives),
      documents: yes(documents),
      tiers: [...tiers],
    });
  });
});
