import { describe, expect, test } from 'vitest';
import { DIALECT_NAMES, type DialectName } from '../../src/model/dialect-name.ts';
import { DEFAULT_QUIRKS, type Quirks } from '../../src/model/quirks.ts';
import { target } from '../kit/engine-kit.ts';
import { type Journey, travel } from '../kit/journey.ts';
import { seededChance } from '../kit/seeded-chance.ts';
import { anthropicVendor, chatVendor, geminiVendor, responsesVendor, type Vendor } from '../kit/vendors.ts';

/** Requests of a conversation. */
const TURNS = 8;
const RANDOM_JOURNEYS = 1_500;

const at = (id: string, dialect: DialectName, quirks: Partial<Quirks> = {}) =>
  target(id, { dialect, quirks: { ...DEFAULT_QUIRKS, ...quirks } });

const sealing = chatVendor(at('counting/open-1', 'openai-chat'), 'sealing');
const strict = chatVendor(at('plain/gpt-5', 'openai-chat', { reasoningReplay: 'refused' }), 'strict');
const nine = chatVendor(
  at('nine/large-1', 'openai-chat', { reasoningReplay: 'refused', toolCallIds: 'nine-alphanumerics' }),
  'nine-alphanumerics',
);
const demanding = chatVendor(at('deep/think-4', 'openai-chat', { reasoningReplay: 'with-tool-calls' }), 'demanding');
const anthropic = anthropicVendor(
  at('anthropic/claude-5', 'anthropic-messages', { stateReaders: 'vendor', thinking: 'budget' }),
);
const imitator = anthropicVendor(at('imitator/like-2', 'anthropic-messages', { thinking: 'budget' }));
const gemini = geminiVendor(at('gemini/gemini-3-pro', 'gemini-generate', { thinking: 'budget' }));
const vertex = geminiVendor(at('vertex/gemini-3-pro', 'gemini-generate', { thinking: 'budget' }));
const responses = responsesVendor(at('openai/gpt-5', 'openai-responses', { thinking: 'effort' }));
const otherOrg = responsesVendor(at('azure/gpt-5', 'openai-responses', { thinking: 'effort' }));

/** One of each dialect, and each makes state of its own. */
const FOUR: readonly Vendor[] = [sealing, responses, anthropic, gemini];
const ALL: readonly Vendor[] = [...FOUR, strict, nine, demanding, imitator, vertex, otherOrg];

/** Every order of three in a row, gone through until the conversation ends. */
function windows(): Vendor[][] {
  return FOUR.flatMap((a) => FOUR.flatMap((b) => FOUR.map((c) => cycle([a, b, c]))));
}

function cycle(few: readonly Vendor[]): Vendor[] {
  return Array.from({ length: TURNS }, (_, turn) => few[turn % few.length]).filter((one) => one !== undefined);
}

async function mishapsOf(journeys: readonly Journey[]): Promise<string[]> {
  const mishaps: string[] = [];
  for (const journey of journeys) {
    const { caller, stream, forgetful, restarts } = journey;
    const how = [caller, stream && 'streamed', forgetful && 'forgetful', restarts && 'restarts'].filter(Boolean);
    for (const mishap of await travel(journey)) mishaps.push(`[${how.join(', ')}] ${mishap}`);
  }
  return mishaps;
}

const callers = DIALECT_NAMES.flatMap((caller) => [
  { caller, stream: false },
  { caller, stream: true },
]);

describe.each(callers)('eight turns of a caller of $caller, streamed: $stream', (caller) => {
  test('in every order of three dialects, whatever the client keeps of an answer', async () => {
    const journeys = windows().flatMap((vendors) =>
      [true, false].map((forgetful) => ({ ...caller, forgetful, restarts: false, vendors })),
    );
    expect(journeys.length).toBe(128);
    expect(await mishapsOf(journeys)).toEqual([]);
  });

  test('with a gateway that forgets everything between two requests', async () => {
    const journeys = windows().map((vendors) => ({ ...caller, forgetful: false, restarts: true, vendors }));
    expect(await mishapsOf(journeys)).toEqual([]);
  });
});

test(`${RANDOM_JOURNEYS} conversations of any caller, through any of ten providers in any order`, async () => {
  const chance = seededChance(20_261_121);
  const any = <Item>(list: readonly Item[]): Item => {
    const item = list[Math.floor(chance.next() * list.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  };
  const journeys = Array.from({ length: RANDOM_JOURNEYS }, () => ({
    ...any(callers),
    forgetful: chance.next() < 0.5,
    restarts: false,
    vendors: Array.from({ length: TURNS }, () => any(ALL)),
  }));
  expect(await mishapsOf(journeys)).toEqual([]);
});
