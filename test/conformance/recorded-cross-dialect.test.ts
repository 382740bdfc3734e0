import { isDeepStrictEqual } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RecordedAnswer, type RecordedCall, readRecorded } from '../kit/recorded-answer.ts';
import { recordingsPresent } from '../kit/recordings.ts';
import {
  plainRequest,
  RECORDED_DIALECTS,
  type Replay,
  type ReplayHouse,
  type SURFACE_PATHS,
  startReplayHouse,
} from '../kit/replay-house.ts';
import { inTurns, Tally } from './tally.ts';

type Surface = keyof typeof SURFACE_PATHS;

const PAIRS = (['openai-chat', 'anthropic-messages'] as const).flatMap((surface) =>
  RECORDED_DIALECTS.filter((dialect) => dialect !== surface).map((dialect) => ({ surface, dialect })),
);

let replayed: ReplayHouse;

describe.skipIf(!recordingsPresent)('what was recorded reaches a caller of another dialect', () => {
  beforeAll(async () => {
    replayed = await startReplayHouse();
  });
  afterAll(() => replayed.close());

  test.each(PAIRS)('$dialect, read by the SDK of $surface', { timeout: 90_000 }, async ({ surface, dialect }) => {
    const tally = new Tally();
    const answered = replayed.replays.filter(
      (replay) => replay.dialect === dialect && replay.recording.response.status === 200,
    );
    await inTurns(answered, async (replay) => tally.add(await outcomeOf(surface, replay), replay.recording.id));
    console.log(
      `${dialect} → ${surface}: ${(100 * tally.share(/^same/, /^$/)).toFixed(1)} % the same; ${tally.print()}`,
    );
    expect(tally.surprises).toEqual([]);
    expect(tally.share(/^same/, /^$/)).toBeGreaterThan(0.9);
    expect(replayed.house.logs.filter((line) => line.includes('internal error'))).toEqual([]);
  });
});

/** Answers that do not come through word for word, and what the caller has in their place. */
const EXCEPTIONS: readonly {
  readonly why: string;
  readonly recorded: (replay: Replay, said: RecordedAnswer) => boolean;
  readonly told: RegExp;
}[] = [
  {
    why: 'the answer holds an error: an error',
    recorded: ({ recording }) =>
      recording.features.includes('error') || JSON.stringify(recording.response.body ?? '').includes('"error":{'),
    told: /bad-response|upstream_refused|told an error|broke off|filtered|call validation/,
  },
  {
    why: 'blocked by the filters of the provider: a refusal of the request',
    recorded: ({ recording: { features, quirks } }) =>
      features.includes('content-filter') ||
      quirks.some((quirk) => /SAFETY|MODEL_ARMOR|without-candidates/.test(quirk)),
    told: /^BadRequestError: .*\b400\b/,
  },
  {
    why: 'the answer says nothing: an error',
    recorded: (_, { text, calls }) => text.trim() === '' && calls.length === 0,
    told: /bad-response|contract-broken/,
  },
  {
    why: 'the stream ends without saying so: an error',
    recorded: ({ recording: { quirks } }) => quirks.includes('last-chunk-without-finishReason'),
    told: /cut off/,
  },
  {
    why: 'arguments cut at the token limit: none, where the dialect of the caller has no room for broken JSON',
    recorded: ({ recording }) => recording.features.includes('truncated'),
    told: /^calls \[.*"arguments":\{\}\}\] were /,
  },
];

/** In words; `SURPRISE` where no rule explains it. */
async function outcomeOf(surface: Surface, replay: Replay): Promise<string> {
  const said = readRecorded(replay.dialect, replay.recording.response);
  // The words of a refusal are plain text where a dialect has no place of their own for them.
  const want = surface === 'anthropic-messages' ? { ...said, text: said.text + said.refusal, refusal: '' } : said;
  const told = await (surface === 'openai-chat' ? byOpenai : byAnthropic)(replay).then(
    (got) => differenceOf(want, got),
    (error: unknown) => `${error instanceof Error ? error.constructor.name : 'thrown'}: ${String(error).slice(0, 900)}`,
  );
  if (told === undefined) return 'same';
  const known = EXCEPTIONS.find((exception) => exception.recorded(replay, said) && exception.told.test(told));
  return known ? known.why : `SURPRISE ${told}`;
}

function differenceOf(want: RecordedAnswer, got: RecordedAnswer): string | undefined {
  for (const part of ['text', 'refusal'] as const) {
    if (want[part] !== got[part]) return `${part} ${JSON.stringify(got[part])} was ${JSON.stringify(want[part])}`;
  }
  const [wanted, given] = [want.calls.map(readable), got.calls.map(readable)];
  if (isDeepStrictEqual(wanted, given)) return undefined;
  return `calls ${JSON.stringify(given)} were ${JSON.stringify(wanted)}`;
}

/** No arguments, an empty object and `null` are one and the same to a tool. */
function readable({ name, arguments: json }: RecordedCall): { name: string; arguments: unknown } {
  try {
    return { name, arguments: JSON.parse(json || '{}') ?? {} };
  } catch {
    return { name, arguments: json };
  }
}

async function byOpenai(replay: Replay): Promise<RecordedAnswer> {
  const client = new OpenAI({ apiKey: 'caller', baseURL: `${replayed.house.gateway.url}/v1` });
  const body = plainRequest('openai-chat', replay) as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming;
  const answer = replay.recording.stream
    ? await client.chat.completions.stream({ ...body, stream: true }).finalChatCompletion()
    : await client.chat.completions.create({ ...body, stream: false });
  const message = answer.choices[0]?.message;
  const calls = (message?.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [call.function] : []));
  return {
    text: message?.content ?? '',
    refusal: message?.refusal ?? '',
    calls: calls.map(({ name, arguments: json }) => ({ name, arguments: json })),
  };
}

async function byAnthropic(replay: Replay): Promise<RecordedAnswer> {
  const client = new Anthropic({ apiKey: 'caller', baseURL: replayed.house.gateway.url });
  const body = plainRequest('anthropic-messages', replay) as unknown as Anthropic.MessageCreateParamsNonStreaming;
  const answer = replay.recording.stream
    ? await client.messages.stream({ ...body, stream: true }).finalMessage()
    : await client.messages.create({ ...body, stream: false });
  const calls = answer.content.filter((block) => block.type === 'tool_use');
  return {
    text: answer.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    refusal: '',
    calls: calls.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) })),
  };
}
