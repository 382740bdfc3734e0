import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import { recordingsPresent } from '../kit/recordings.ts';
import {
  askRaw,
  RAW_SURFACES,
  type RawAnswer,
  type RawSurface,
  type Replay,
  type ReplayHouse,
  recordedRequest,
  startReplayHouse,
} from '../kit/replay-house.ts';
import type { SdkAnswer } from '../kit/sdk-readers/sdk-answer.ts';
import { framesOf, type ReadFrame } from '../kit/sse-text.ts';
import { inTurns, Tally } from './tally.ts';

interface Frame {
  readonly event?: string;
  readonly data: JsonValue;
}

/** Answers of status 200 that are not forwarded, and what the caller is told in their place. `said`: undefined where their own SDK throws on them. */
const EXCEPTIONS: readonly {
  readonly why: string;
  readonly recorded: (replay: Replay, said: SdkAnswer | undefined) => boolean;
  readonly told: (answer: RawAnswer) => boolean;
}[] = [
  {
    why: 'the answer holds an error: an error, and the frames before it unchanged',
    recorded: ({ recording: { features, quirks, response } }) =>
      features.includes('error') || quirks.includes('error-chunk') || holdsError(response.body),
    told: ({ status, text }) => status >= 400 || reasonsIn(text).some((reason) => /bad-response/.test(reason)),
  },
  {
    why: 'the answer says nothing: bad-response',
    recorded: (_, said) =>
      said === undefined || said.choices.every(({ text, calls }) => text.trim() === '' && calls.length === 0),
    told: ({ status, text }) => status === 503 && reasonsIn(text).join() === 'bad-response',
  },
  {
    why: 'the stream ends without saying so: an error behind the frames',
    recorded: ({ recording: { quirks } }) => quirks.includes('last-chunk-without-finishReason'),
    told: ({ text }) => reasonsIn(text).join() === 'bad-response',
  },
  {
    why: 'calls a tool that the request does not have: contract-broken',
    recorded: (_, said) => said?.choices[0]?.native === 'UNEXPECTED_TOOL_CALL',
    told: ({ status, text }) => status === 502 && reasonsIn(text).join() === 'contract-broken',
  },
  {
    why: 'the prompt was blocked: a refusal of the request in the words of the provider',
    recorded: ({ recording: { response } }) => /"blockReason"/.test(response.sse ?? JSON.stringify(response.body)),
    told: ({ status, text }) => status === 400 && reasonsIn(text).join() === 'content-policy',
  },
];

let replayed: ReplayHouse;

describe.skipIf(!recordingsPresent)('what was recorded reaches a caller of the same dialect', () => {
  beforeAll(async () => {
    replayed = await startReplayHouse();
  });
  afterAll(() => replayed.close());

  test.each(RAW_SURFACES)('%s', { timeout: 60_000 }, async (surface) => {
    const tally = new Tally();
    const mine = replayed.replays.filter(({ dialect }) => dialect === surface);
    await inTurns(mine, async (replay) => tally.add(await outcomeOf(surface, replay), replay.recording.id));
    console.log(`${surface}: ${tally.print()}`);
    expect(tally.surprises).toEqual([]);
    expect(replayed.house.logs.filter((line) => line.includes('internal error'))).toEqual([]);
    expect(tally.share(/^same/, /^error/)).toBeGreaterThan(0.95);
  });
});

/** In words; `SURPRISE` where no rule explains it. */
async function outcomeOf(surface: RawSurface, replay: Replay): Promise<string> {
  const { recording } = replay;
  const said = await replayed.readStraight(replay).catch(() => undefined);
  const called = said?.choices.flatMap(({ calls }) => calls.map(({ name }) => name)) ?? [];
  const { path, body } = recordedRequest(surface, replay, [...new Set(called)]);
  // One recorded wait is longer than any test.
  const headers = { 'anthropic-version': '2023-06-01', 'x-understudy-deadline-ms': '20000' };
  const answer = await askRaw(`${replayed.house.gateway.url}${path}`, body, headers);
  if (recording.response.status !== 200) return errorOutcome(recording.response, answer);
  const isStream = replay.streamed;
  const difference = isStream ? streamDifference(surface, replay, answer, body) : bodyDifference(replay, answer);
  if (difference === undefined) return isStream ? 'same stream' : 'same body';
  const known = EXCEPTIONS.find(({ recorded, told }) => recorded(replay, said) && told(answer));
  if (known && (!isStream || answer.status !== 200 || brokenOff(surface, replay, answer))) return known.why;
  return `SURPRISE ${difference}: ${answer.text.slice(0, 600)}`;
}

/** A status that tells callers what to do, and the provider's own words where the request is at fault. */
function errorOutcome(recorded: Replay['recording']['response'], { status, text }: RawAnswer): string {
  const error = object(object(parse(text)).error);
  const reason = reasonsIn(text).join() || String(object(error.understudy).code);
  const outcome = `error ${recorded.status} told as ${status} (${reason})`;
  switch (recorded.status) {
    case 400:
    case 404:
    case 422:
      // A request that the gateway can see to be wrong is refused before it is sent.
      // Google refuses a key like this.
      if (reason === 'credential-refused' && status === 503) return outcome;
      if (reason === 'invalid_request')
        return status === 400 && typeof error.message === 'string' ? outcome : surprise();
      return status === recorded.status && saidBy(recorded.body ?? recorded.sse, error.message) ? outcome : surprise();
    case 401:
      return status === 503 && reason === 'credential-refused' ? outcome : surprise();
    case 403:
      if (status === 403 && reason === 'content-policy') return outcome;
      return status === 503 && reason === 'credential-refused' ? outcome : surprise();
    case 429:
      return status === 429 && reason === 'rate-limited' ? outcome : surprise();
    default:
      // llama.cpp answers 500 to what it cannot do.
      if (reason === 'provider-rejected' && status === 400 && saidBy(recorded.body, error.message)) return outcome;
      return recorded.status >= 500 && status === 503 && reason === 'server-error' ? outcome : surprise();
  }
  function surprise(): string {
    return `SURPRISE ${outcome}: ${text.slice(0, 600)}`;
  }
}

/** Some hosts wrap the message of the provider behind them, as JSON text inside JSON text. */
function saidBy(body: unknown, message: JsonValue | undefined): boolean {
  const plain = (value: unknown) => JSON.stringify(value).replace(/\\+n?/g, '').replace(/\s+/g, ' ');
  return typeof message === 'string' && message.length > 5 && plain(body).includes(plain(message).slice(1, -1));
}

function bodyDifference({ recording }: Replay, { status, text }: RawAnswer): string | undefined {
  const { understudy, ...rest } = object(parse(text));
  if (status !== 200) return `status ${status}`;
  if (!isJsonObject(understudy)) return 'no understudy object';
  return isDeepStrictEqual(rest, recording.response.body) ? undefined : 'another body';
}

function streamDifference(
  surface: RawSurface,
  replay: Replay,
  answer: RawAnswer,
  body: JsonObject,
): string | undefined {
  if (answer.status !== 200) return `status ${answer.status}`;
  if (answer.cut) return 'cut';
  const sent = wanted(replay, body);
  const got = answer.text.startsWith('[') ? elementsOf(answer.text) : framesOf(answer.text);
  const last = got.at(-1);
  if (surface === 'openai-chat' && last?.data !== '[DONE]') return 'no [DONE]';
  if (surface === 'anthropic-messages' && last?.event !== 'message_stop') return 'no message_stop';
  const told = got.filter(({ data }) => data !== '[DONE]').map(asFrame);
  const marks = told.filter(({ data }) => object(data).understudy !== undefined).length;
  if (marks !== 1) return `${marks} understudy objects`;
  if (surface === 'openai-chat' && !sent.some(namesEnd)) {
    // The provider named no end, and the caller's client waits for one.
    const added = told.pop();
    if (!added || !namesEnd(added)) return 'no end';
  }
  const at = sent.findIndex((frame, index) => !isDeepStrictEqual(frame, withoutOwn(told[index])));
  if (at >= 0) return `frame ${at} is ${JSON.stringify(told[at])} and was ${JSON.stringify(sent[at])}`;
  return told.length === sent.length ? undefined : `${told.length - sent.length} more frames`;
}

function namesEnd({ data }: Frame): boolean {
  const { choices } = object(data);
  return Array.isArray(choices) && choices.some((choice) => typeof object(choice).finish_reason === 'string');
}

/** After the first byte: the frames up to the fault, the dialect's error, and no clean end. */
function brokenOff(surface: RawSurface, replay: Replay, answer: RawAnswer): boolean {
  const told = framesOf(answer.text).map(asFrame);
  const error = told.pop();
  const named = surface !== 'anthropic-messages' ? error?.event === undefined : error?.event === 'error';
  const before = wanted(replay, {});
  return (
    answer.cut &&
    named &&
    isJsonObject(object(error?.data).error) &&
    told.every((frame, index) => isDeepStrictEqual(withoutOwn(frame), before[index]))
  );
}

/** The recorded frames, without the terminator and without a usage chunk that the caller did not ask for. */
function wanted({ dialect, recording }: Replay, body: JsonObject): Frame[] {
  const { body: list, sse = '' } = recording.response;
  const frames = (Array.isArray(list) ? elementsOf(JSON.stringify(list)) : framesOf(sse))
    .filter(({ data }) => data.trim() !== '[DONE]')
    .map(asFrame);
  if (dialect !== 'openai-chat' || object(body.stream_options).include_usage === true) return frames;
  return frames.filter(({ data }) => {
    const { choices, usage } = object(data);
    return !(Array.isArray(choices) && choices.length === 0 && isJsonObject(usage));
  });
}

/** One JSON array, an element a piece. */
function elementsOf(text: string): ReadFrame[] {
  const list = parse(text);
  return Array.isArray(list) ? list.map((element) => ({ data: JSON.stringify(element) })) : [];
}

function asFrame({ event, data }: { readonly event?: string; readonly data: string }): Frame {
  return { ...(event !== undefined && { event }), data: parse(data) };
}

function withoutOwn(frame: Frame | undefined): Frame | undefined {
  if (!isJsonObject(frame?.data)) return frame;
  const { understudy: _, ...data } = frame.data;
  return { ...frame, data };
}

function reasonsIn(text: string): string[] {
  return [...text.matchAll(/"reason":"([^"]+)"/g)].map(([, reason = '']) => reason);
}

function holdsError(body: unknown): boolean {
  return typeof body === 'object' && JSON.stringify(body).includes('"error":{');
}

function object(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function parse(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}
