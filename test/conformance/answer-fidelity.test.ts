import { describe, expect, test } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import {
  answerContextFor,
  decodeAll,
  encodeContextFor,
  foreignRequest,
  reading,
  summary,
} from '../../src/dialects/common/test-kit.ts';
import { answerText, collectAnswer } from '../../src/model/answer.ts';
import type { ChatEvent } from '../../src/model/chat-event.ts';
import { DIALECT_NAMES, type DialectName } from '../../src/model/dialect-name.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Usage } from '../../src/model/usage.ts';
import { CITED_ANSWERS, CITED_TEXT, CITED_TITLE, CITED_TOKENS, CITED_URL } from '../kit/cited-answers.ts';

const WAYS = ['whole', 'streamed'] as const;
type Way = (typeof WAYS)[number];

const ALL = DIALECT_NAMES.flatMap((target) => WAYS.map((way) => ({ target, way })));
const PAIRS = ALL.flatMap(({ target, way }) =>
  DIALECT_NAMES.filter((caller) => caller !== target).map((caller) => ({ target, caller, way })),
);

/** What a provider of the dialect says, as events. */
function eventsOf(target: DialectName, way: Way): ChatEvent[] {
  const { body, frames } = CITED_ANSWERS[target];
  const kit = dialectKits.target(target);
  return way === 'whole' ? kit.decodeAnswer(body, reading()) : decodeAll(kit.streamDecoder(reading()), frames);
}

/** What a caller of the dialect is told, read again as if it came from a provider. */
function toldTo(caller: DialectName, events: readonly ChatEvent[], way: Way): ChatEvent[] {
  const kit = dialectKits.caller(caller);
  const context = answerContextFor(foreignRequest({ dialect: caller }), { sameDialect: false });
  const target = dialectKits.target(caller);
  const served = { ...summary, usage: collectAnswer(events).usage };
  if (way === 'whole') return target.decodeAnswer(kit.encodeAnswer(events, context, served), reading());
  const encoder = kit.streamEncoder(context);
  const frames = [...events.flatMap((event) => encoder.push(event)), ...encoder.close(served)];
  return decodeAll(target.streamDecoder(reading()), frames);
}

/** Numbers of bytes are made up from the text where nobody told them. */
function tokensOf(events: readonly ChatEvent[]) {
  const bare = ({ token, logprob }: { token: string; logprob: number }) => ({ token, logprob });
  return collectAnswer(events).logprobs?.map(({ top, ...chosen }) => ({ ...bare(chosen), top: top.map(bare) }));
}

describe.each(ALL)('an answer of $target with all that it can say, $way', ({ target, way }) => {
  const { tells } = CITED_ANSWERS[target];
  const answer = collectAnswer(eventsOf(target, way));

  test('is read in full', () => {
    expect(answerText(answer)).toBe(CITED_TEXT);
    const [citation, ...others] = answer.citations ?? [];
    expect(others).toEqual([]);
    expect(citation).toMatchObject({ url: CITED_URL, title: CITED_TITLE });
    expect(CITED_TEXT.slice(citation?.start, citation?.end)).toBe(tells.backed);
    expect(citation?.quote !== undefined).toBe(tells.quote);
    expect(tokensOf(eventsOf(target, way))).toEqual(tells.logprobs ? CITED_TOKENS : undefined);
    expect(answer.serviceTier).toBe(tells.tier);
    expect(answer.usage).toEqual(tells.usage);
    expect(answer.stopSequence !== undefined).toBe(tells.stopSequence);
  });
});

const COMMON_COUNTS = ['inputTokens', 'cachedInputTokens', 'outputTokens', 'reasoningTokens'] as const;
/** The counts that each API has a field for; what was spent beside the answer is Anthropic's alone. */
const COUNTS: Readonly<Record<DialectName, readonly (keyof Usage)[]>> = {
  'openai-chat': [...COMMON_COUNTS, 'cacheWriteTokens', 'audioInputTokens', 'audioOutputTokens'],
  'openai-responses': [...COMMON_COUNTS, 'cacheWriteTokens'],
  'anthropic-messages': [...COMMON_COUNTS, 'cacheWriteTokens', 'cacheWriteHourTokens'],
  'gemini-generate': [...COMMON_COUNTS, 'audioInputTokens', 'audioOutputTokens'],
};

/** Fields that a caller of each dialect is told to be lost, by the dialect that answered. */
const LOST: Readonly<Record<DialectName, Partial<Record<DialectName, readonly string[]>>>> = {
  'openai-chat': { 'anthropic-messages': ['answer.stop_sequence'] },
  'openai-responses': { 'anthropic-messages': ['answer.stop_sequence'] },
  'anthropic-messages': {
    'openai-chat': ['answer.logprobs'],
    'openai-responses': ['answer.service_tier', 'answer.logprobs'],
    'gemini-generate': ['answer.service_tier', 'answer.logprobs'],
  },
  'gemini-generate': { 'anthropic-messages': ['answer.stop_sequence'] },
};

/** The text of the answer is what is being told. */
const OPEN = { textIsOver: false };

describe.each(PAIRS)('an answer of $target, told to a caller of $caller, $way', ({ target, caller, way }) => {
  const events = eventsOf(target, way);
  const given = collectAnswer(events);
  const again = toldTo(caller, events, way);
  const told = collectAnswer(again);
  const lost = [...new Set(events.flatMap((event) => dialectKits.caller(caller).lossOf(event, OPEN)?.field ?? []))];

  test('keeps what the dialect of the caller can hold, and names the rest', () => {
    expect(lost).toEqual(LOST[caller][target] ?? []);
    expect(answerText(told)).toBe(CITED_TEXT);
    expect(told.finish).toBe('stop');
    expect(told.citations?.map(({ url, title }) => [url, title])).toEqual([[CITED_URL, CITED_TITLE]]);
    const [citation] = told.citations ?? [];
    // A citation of Anthropic's backs the whole block in which it stands.
    const backed = CITED_TEXT.slice(citation?.start, citation?.end);
    if (caller === 'anthropic-messages') expect(backed).toContain(CITED_ANSWERS[target].tells.backed);
    else expect(backed).toBe(CITED_ANSWERS[target].tells.backed);
    expect(tokensOf(again)).toEqual(lost.includes('answer.logprobs') ? undefined : tokensOf(events));
    expect(told.serviceTier).toBe(lost.includes('answer.service_tier') ? undefined : given.serviceTier);
    for (const count of COUNTS[caller])
      expect([count, told.usage[count] ?? 0]).toEqual([count, given.usage[count] ?? 0]);
  });
});

describe('sources of an answer as a whole', () => {
  const sources = {
    citations: [CITED_URL, 'https://other.example'],
    search_results: [{ title: CITED_TITLE, url: CITED_URL }],
  };
  const chunk = (delta: JsonObject, finish: string | null = null) => ({
    ...sources,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });

  test('that every chunk repeats are told once, before the end', () => {
    const decoder = dialectKits.target('openai-chat').streamDecoder(reading());
    const frames = [chunk({ content: 'Warm [1]' }), chunk({ content: '.' }), chunk({}, 'stop')];
    const events = decodeAll(
      decoder,
      frames.map((frame) => ({ kind: 'sse', data: JSON.stringify(frame) })),
    );
    expect(events.map(({ type }) => type)).toEqual(['start', 'text', 'text', 'citation', 'citation', 'finish']);
    expect(collectAnswer(events).citations?.map(({ url, title, start }) => [url, title, start])).toEqual([
      [CITED_URL, CITED_TITLE, undefined],
      ['https://other.example', undefined, undefined],
    ]);
    for (const caller of DIALECT_NAMES) {
      for (const way of WAYS) {
        const told = collectAnswer(toldTo(caller, events, way)).citations ?? [];
        expect(told.map(({ url }) => url)).toEqual([CITED_URL, 'https://other.example']);
      }
    }
  });

  test('documents without an address are cited in Gemini’s API alone, and named as lost elsewhere', () => {
    const citation = { type: 'char_location', document_title: 'Report', cited_text: 'Sales rose.', document_index: 0 };
    const body = {
      type: 'message',
      id: 'm',
      content: [{ type: 'text', text: 'They rose.', citations: [citation] }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 2 },
    };
    const events = dialectKits.target('anthropic-messages').decodeAnswer(body, reading());
    const lost = (caller: DialectName) =>
      events.flatMap((event) => dialectKits.caller(caller).lossOf(event, OPEN)?.field ?? []);
    expect(DIALECT_NAMES.map(lost)).toEqual([['answer.citations'], ['answer.citations'], [], []]);
    const gemini = collectAnswer(toldTo('gemini-generate', events, 'streamed'));
    expect(gemini.citations).toMatchObject([{ title: 'Report', quote: 'Sales rose.', start: 0, end: 10 }]);
    const own = dialectKits.caller('anthropic-messages').encodeAnswer(events, contextOf('anthropic-messages'), summary);
    expect(JSON.stringify(own.content)).toContain('"char_location"');
  });
});

function contextOf(dialect: DialectName) {
  return answerContextFor(foreignRequest({ dialect }), { sameDialect: false });
}

describe('what an answer holds that only its own dialect has', () => {
  const picture = { inlineData: { mimeType: 'image/png', data: 'AA==' } };
  const gemini = { candidates: [{ content: { parts: [{ text: 'Here.' }, picture] }, finishReason: 'STOP' }] };
  const search = { type: 'web_search_call', id: 'ws', status: 'completed' };
  const drawn = { type: 'image_generation_call', id: 'ig', result: 'AA==' };
  const item = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Here.' }] };
  const responses = { object: 'response', status: 'completed', output: [search, drawn, item] };
  const sound = { id: 'a', data: 'AA==', transcript: 'Here.' };
  const chat = { choices: [{ index: 0, message: { content: 'Here.', audio: sound }, finish_reason: 'stop' }] };
  const paused = { type: 'message', content: [{ type: 'text', text: 'Here.' }], stop_reason: 'pause_turn' };

  test.each<[DialectName, JsonObject, DialectName, readonly [string, boolean][]]>([
    ['gemini-generate', gemini, 'openai-chat', [['answer.inlineData', true]]],
    [
      'openai-responses',
      responses,
      'anthropic-messages',
      [
        ['answer.web_search_call', false],
        ['answer.image_generation_call', true],
      ],
    ],
    ['openai-chat', chat, 'gemini-generate', [['answer.audio', true]]],
    ['anthropic-messages', paused, 'openai-responses', [['answer.finish_reason', true]]],
    ['gemini-generate', gemini, 'gemini-generate', []],
  ])('of %s %# is left out and named for a caller of another', (target, body, caller, losses) => {
    const events = dialectKits.target(target).decodeAnswer(body, reading());
    const named = events.flatMap((event) => dialectKits.caller(caller).lossOf(event, OPEN) ?? []);
    expect(named.map(({ field, matters }) => [field, matters])).toEqual(losses);
    if (target !== caller) expect(answerText(collectAnswer(toldTo(caller, events, 'streamed')))).toBe('Here.');
  });

  test('the words of a refusal are text where refusals have no place, and the reason tells', () => {
    const body = { choices: [{ index: 0, message: { content: null, refusal: 'I cannot.' }, finish_reason: 'stop' }] };
    const events = dialectKits.target('openai-chat').decodeAnswer(body, reading());
    for (const way of WAYS) {
      for (const caller of ['anthropic-messages', 'gemini-generate'] as const) {
        const told = collectAnswer(toldTo(caller, events, way));
        expect([answerText(told), told.finish]).toEqual([
          'I cannot.',
          caller === 'anthropic-messages' ? 'refusal' : 'content-filter',
        ]);
        expect(events.flatMap((event) => dialectKits.caller(caller).lossOf(event, OPEN)?.field ?? [])).toEqual([
          'answer.refusal',
        ]);
      }
      const told = collectAnswer(toldTo('openai-responses', events, way));
      expect(told.parts).toEqual([{ type: 'refusal', text: 'I cannot.' }]);
    }
  });

  test('answers after the first are named as lost where an API gives one', () => {
    const choice = (index: number) => ({ index, message: { content: `${index}` }, finish_reason: 'stop' });
    const events = dialectKits.target('openai-chat').decodeAnswer({ choices: [choice(0), choice(1)] }, reading());
    const lost = (caller: DialectName) =>
      new Set(events.flatMap((event) => dialectKits.caller(caller).lossOf(event, OPEN)?.field ?? []));
    expect(DIALECT_NAMES.map((caller) => [...lost(caller)])).toEqual([[], ['answer.choices'], ['answer.choices'], []]);
    for (const way of WAYS) {
      const told = toldTo('gemini-generate', events, way);
      expect([0, 1].map((index) => answerText(collectAnswer(told, index)))).toEqual(['0', '1']);
    }
  });
});

test('a citation that the gateway wrote does not go back to Anthropic, which would refuse it', () => {
  const events = eventsOf('openai-chat', 'whole');
  const { content } = dialectKits
    .caller('anthropic-messages')
    .encodeAnswer(events, contextOf('anthropic-messages'), summary);
  expect(JSON.stringify(content)).toContain('"encrypted_index":""');
  const messages = [
    { role: 'user', content: 'Weather?' },
    { role: 'assistant', content: content ?? [] },
    { role: 'user', content: 'Thanks.' },
  ];
  const request = dialectKits.caller('anthropic-messages').decodeRequest({ model: 'r', max_tokens: 9, messages }, {});
  const { body } = dialectKits
    .target('anthropic-messages')
    .encodeRequest(request, encodeContextFor('anthropic-messages'));
  expect(JSON.stringify(body)).toContain(CITED_TEXT.slice(0, 8));
  expect(JSON.stringify(body)).not.toContain('encrypted_index');
});
