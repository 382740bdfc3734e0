import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECT_NAMES, type DialectName } from '../../src/model/dialect-name.ts';
import { recordingsPresent } from '../kit/recordings.ts';
import { type Replay, type ReplayHouse, startReplayHouse } from '../kit/replay-house.ts';
import { SDK_READERS } from '../kit/sdk-readers/index.ts';
import type { SdkAnswer, SdkChoice, SdkUsage } from '../kit/sdk-readers/sdk-answer.ts';
import { inTurns, Tally } from './tally.ts';

const PAIRS = DIALECT_NAMES.flatMap((caller) =>
  DIALECT_NAMES.filter((target) => target !== caller).map((target) => ({ caller, target })),
);

let replayed: ReplayHouse;

describe.skipIf(!recordingsPresent)('what was recorded reaches a caller of another dialect', () => {
  const all = { comparable: 0, same: 0 };
  beforeAll(async () => {
    replayed = await startReplayHouse();
  });
  afterAll(async () => {
    console.log(
      `all pairs: ${all.same} the same of ${all.comparable} comparable: ${percent(all.same, all.comparable)}`,
    );
    await replayed.close();
  });

  test.each(PAIRS)('$target, read by the SDK of $caller', { timeout: 90_000 }, async ({ caller, target }) => {
    const tally = new Tally();
    const answered = replayed.replays.filter(
      (replay) => replay.dialect === target && replay.recording.response.status === 200,
    );
    await inTurns(answered, async (replay) => tally.add(await outcomeOf(caller, replay), replay.recording.id));
    const same = tally.count(/^same/);
    const comparable = answered.length - tally.count(/^not comparable/);
    all.same += same;
    all.comparable += comparable;
    const shares = `${percent(same, comparable)} the same of ${comparable} comparable, ${percent(same, answered.length)} of all`;
    console.log(`${target} → ${caller}: ${shares}; ${tally.print()}`);
    expect(tally.surprises).toEqual([]);
    expect(same / comparable).toBeGreaterThanOrEqual(0.99);
    expect(replayed.house.logs.filter((line) => line.includes('internal error'))).toEqual([]);
  });
});

/** What came of an exchange: what the SDK of its own dialect reads, and what the caller's SDK reads or throws. */
interface Outcome {
  readonly replay: Replay;
  readonly caller: DialectName;
  /** Absent: that SDK throws on the recording itself. */
  readonly want: SdkAnswer | undefined;
  readonly got: SdkAnswer | undefined;
  readonly thrown: string;
}

interface Rule {
  readonly why: string;
  readonly holds: (outcome: Outcome) => boolean;
}

/** Exchanges of status 200 that are no answers, or none that a caller of another dialect can have asked for. */
const NOT_COMPARABLE: readonly Rule[] = [
  {
    why: 'the answer is an error, holds one, or breaks off with one: an error',
    holds: ({ want, thrown, replay }) => thrown !== '' && (want === undefined || holdsError(replay)),
  },
  {
    why: 'its own SDK throws on what a gateway put behind the end of it: read all the same',
    holds: ({ want, got, replay }) => want === undefined && got !== undefined && replay.recording.provider !== 'openai',
  },
  {
    why: 'the prompt was blocked: a refusal of the request',
    holds: ({ want, thrown }) => want?.choices[0]?.native.startsWith('blocked') === true && /\b400\b/.test(thrown),
  },
  {
    why: 'another operation or another dialect (compaction, background work, chat completions): an error',
    holds: ({ replay, thrown }) => replay.dialect === 'openai-responses' && isNoResponse(replay) && thrown !== '',
  },
  {
    why: 'the answer says nothing at all: an error, so that another target is asked',
    holds: ({ want, thrown }) => want?.choices.every(saysNothing) === true && thrown !== '',
  },
  {
    why: 'a call that only its own dialect can make, named as lost',
    holds: ({ want, got }) =>
      (want?.choices[0]?.others ?? []).some((kind) => OWN_CALLS.has(kind)) &&
      got !== undefined &&
      got.adapted?.length !== 0,
  },
];

/** Comparable, and yet not the same. */
const EXCEPTIONS: readonly Rule[] = [
  {
    why: 'arguments cut at the token limit: none, where the dialect of the caller has no room for broken JSON',
    holds: ({ want, got }) =>
      want?.choices[0]?.finish === 'length' &&
      typeof want.choices[0].calls.at(-1)?.arguments === 'string' &&
      got !== undefined,
  },
  {
    why: 'the pieces do not add up to the whole that the provider tells at the end: the pieces, which are out already',
    holds: ({ replay, want, got }) => {
      const [said, whole] = [got?.choices[0]?.text ?? '', want?.choices[0]?.text ?? ''];
      return (
        replay.streamed && replay.dialect === 'openai-responses' && whole.startsWith(said.slice(0, -1)) && said !== ''
      );
    },
  },
  {
    why: 'a turn to be continued, for which the dialect of the caller has no word',
    holds: ({ want, got }) => want?.choices[0]?.finish === 'pause' && got !== undefined,
  },
  {
    why: 'calls beside a reason that is about no call: tool-calls, because clients run them by the reason',
    holds: ({ want, got }) =>
      ['end_turn', 'UNEXPECTED_TOOL_CALL'].includes(want?.choices[0]?.native ?? '') &&
      got?.choices[0]?.finish === 'tool-calls',
  },
];

const OWN_CALLS = new Set([
  'mcp_approval_request',
  'computer_call',
  'custom_tool_call',
  'custom-tool-call',
  'namespaced-call',
]);

function saysNothing({ text, refusal, calls, finish, others }: SdkChoice): boolean {
  const ended = finish === 'stop' || finish === 'other' || finish === 'unsaid';
  return ended && text.trim() === '' && refusal === '' && calls.length === 0 && others.length === 0;
}

function holdsError({ recording }: Replay): boolean {
  return JSON.stringify(recording.response.body ?? '').includes('"error":{');
}

function isNoResponse({ recording }: Replay): boolean {
  const { object, status } = (recording.response.body ?? {}) as { object?: string; status?: string };
  return recording.response.sse === undefined && (object !== 'response' || status === 'queued');
}

/** In words; `SURPRISE` where no rule explains it. */
async function outcomeOf(caller: DialectName, replay: Replay): Promise<string> {
  const want = await replayed.readStraight(replay).catch(() => undefined);
  const question = {
    url: replayed.house.gateway.url,
    model: replay.target,
    stream: replay.streamed,
    tools: [...new Set(want?.choices.flatMap(({ calls }) => calls.map(({ name }) => name)))],
    alternatives: want?.choices.length ?? 1,
  };
  let thrown = '';
  const got = await SDK_READERS[caller](question).catch((error: unknown) => {
    thrown = `${error instanceof Error ? error.constructor.name : 'thrown'}: ${String(error).slice(0, 500)}`;
    return undefined;
  });
  const difference = want && got ? differenceOf(caller, want, got) : thrown || 'read, although its own SDK throws';
  if (difference === undefined) return 'same';
  const outcome = { replay, caller, want, got, thrown };
  const aside = NOT_COMPARABLE.find(({ holds }) => holds(outcome));
  if (aside) return `not comparable: ${aside.why}`;
  const known = EXCEPTIONS.find(({ holds }) => holds(outcome));
  return known ? `exception: ${known.why}` : `SURPRISE ${difference}; was ${JSON.stringify(want).slice(0, 300)}`;
}

function differenceOf(caller: DialectName, want: SdkAnswer, got: SdkAnswer): string | undefined {
  // A caller whose dialect has no alternatives is given the first.
  const alternatives = HAS_ALTERNATIVES.has(caller) ? want.choices : want.choices.slice(0, 1);
  if (alternatives.length !== got.choices.length) return `${got.choices.length} of ${want.choices.length} alternatives`;
  for (const [at, choice] of alternatives.entries()) {
    const [wanted, given] = [readable(caller, choice), readable(caller, got.choices[at])];
    // Where no reason was given, the gateway's own word ends the answer.
    const finish = choice.finish === 'unsaid' ? wanted.finish : given.finish;
    if (!isDeepStrictEqual(wanted, { ...given, finish })) {
      return `alternative ${at} ${JSON.stringify({ ...given, finish })} was ${JSON.stringify(wanted)}`;
    }
  }
  for (const field of USAGE_FIELDS[caller]) {
    if (want.usage[field] !== undefined && want.usage[field] !== got.usage[field]) {
      return `usage.${field} ${got.usage[field]} was ${want.usage[field]}`;
    }
  }
  return undefined;
}

const HAS_ALTERNATIVES: ReadonlySet<DialectName> = new Set(['openai-chat', 'gemini-generate']);
const HAS_REFUSALS: ReadonlySet<DialectName> = new Set(['openai-chat', 'openai-responses']);

const ALL_COUNTS = [
  'input',
  'output',
  'cached',
  'cacheWrite',
  'reasoning',
] as const satisfies readonly (keyof SdkUsage)[];
/** The counts that a dialect has a field for. */
const USAGE_FIELDS: Readonly<Record<DialectName, readonly (keyof SdkUsage)[]>> = {
  'openai-chat': ALL_COUNTS,
  'openai-responses': ALL_COUNTS,
  'anthropic-messages': ALL_COUNTS,
  'gemini-generate': ['input', 'output', 'cached', 'reasoning'],
};

/** The words of a refusal are plain text where a dialect has no place of their own for them. */
function readable(caller: DialectName, choice: SdkChoice | undefined) {
  const { text = '', refusal = '', reasoning = '', calls = [], finish = 'unsaid' } = choice ?? {};
  const words = HAS_REFUSALS.has(caller) ? { text, refusal } : { text: text + refusal, refusal: '' };
  return { ...words, reasoning, calls, finish };
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
