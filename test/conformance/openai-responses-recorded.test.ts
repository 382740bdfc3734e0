import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { type RecordedResponse, type Recording, recordings, recordingsPresent } from '../kit/recordings.ts';
import { askRaw } from '../kit/replay-house.ts';
import { type ReplayProvider, startReplayProvider } from '../kit/replay-provider.ts';
import { framesOf } from '../kit/sse-text.ts';

interface Replay {
  readonly target: string;
  readonly recording: Recording;
}

let house: House;
let provider: ReplayProvider;
const replays: Replay[] = recordingsPresent
  ? recordings('openai-responses').map((recording, at) => ({ target: `replay/r-${at}`, recording }))
  : [];
const answered = replays.filter(({ recording }) => recording.response.status === 200 && !isBroken(recording));

/** No answers although their status says so: errors in mid-stream, background work, other operations and dialects. */
function isBroken({ features, quirks, response }: Recording): boolean {
  if (features.includes('error') || quirks.includes('status=queued')) return true;
  if (response.sse !== undefined) return false;
  const { object: kind, output } = object(response.body as JsonValue);
  return kind === 'response.compaction' || !Array.isArray(output);
}

describe.skipIf(!recordingsPresent)('providers that speak the Responses API as they were recorded', () => {
  beforeAll(async () => {
    const answers = new Map<string, RecordedResponse>();
    for (const { target, recording } of replays) answers.set(target.slice('replay/'.length), recording.response);
    provider = await startReplayProvider(answers);
    house = await startHouse({
      // OpenAI's own answers: what its API alone has, free-text tools among it, goes there as it is.
      providers: { replay: { dialect: 'openai-responses', baseUrl: provider.url, quirks: { vendorFields: true } } },
    });
  });
  afterAll(async () => {
    await house.close();
    await provider.stop();
  });

  test('reach a caller of the same API unchanged, but for the understudy object', { timeout: 60_000 }, async () => {
    expect(answered.length).toBeGreaterThan(170);
    for (const { target, recording } of answered) {
      const { stream, response } = recording;
      const body = { ...questionOf(recording), model: target, stream, store: false };
      const { status, text, cut } = await askRaw(`${house.gateway.url}/v1/responses`, body);
      const of = `${recording.id}: ${status} ${text.slice(0, 300)}`;
      expect([status, cut], of).toEqual([200, false]);
      if (response.sse === undefined) {
        const { understudy, ...rest } = object(JSON.parse(text) as JsonValue);
        expect(object(understudy).served_by, of).toBe(target);
        // -0 is 0 once it has been written.
        expect(isDeepStrictEqual(rest, JSON.parse(JSON.stringify(response.body))), of).toBe(true);
        continue;
      }
      const sent = framesOf(response.sse).filter(({ data }) => data !== '[DONE]');
      const got = framesOf(text);
      expect(got.slice(0, -1), of).toEqual(sent.slice(0, -1));
      const [last, was] = [got, sent].map((frames) => object(JSON.parse(frames.at(-1)?.data ?? '') as JsonValue));
      const { understudy, ...rest } = object(last?.response);
      expect(object(understudy).served_by, of).toBe(target);
      expect({ ...last, response: rest }, of).toEqual(was);
    }
    expect(house.logs.filter((line) => line.includes('internal error'))).toEqual([]);
  });

  test('are kept where the caller wants it: told with an id of the gateway, and read back item by item', async () => {
    const KEPT = { id: null, store: null, understudy: null };
    const unowned = (frames: readonly { readonly event?: string; readonly data: string }[]) =>
      frames.map(({ event, data }) => {
        const value = object(JSON.parse(data) as JsonValue);
        const response = isJsonObject(value.response) ? { ...value.response, ...KEPT } : null;
        return { event, value: { ...value, response } };
      });
    let items = 0;
    for (const { target, recording } of answered) {
      const { stream, response } = recording;
      const body = { ...questionOf(recording), model: target, stream, store: true };
      const { text } = await askRaw(`${house.gateway.url}/v1/responses`, body);
      const got = response.sse === undefined ? [] : framesOf(text);
      if (response.sse !== undefined) {
        const sent = framesOf(response.sse).filter(({ data }) => data !== '[DONE]');
        expect(unowned(got), recording.id).toEqual(unowned(sent));
      }
      const last = object(JSON.parse(got.at(-1)?.data ?? text) as JsonValue);
      const told = response.sse === undefined ? last : object(last.response);
      expect(told, recording.id).toMatchObject({ store: true, id: expect.stringMatching(/^resp_req_[0-9a-f]{32}$/) });
      const read = await fetch(`${house.gateway.url}/v1/responses/${String(told.id)}`);
      const kept = object((await read.json()) as JsonValue);
      const was = objects(told.output).length > 0 ? told.output : itemsOf(response);
      expect(kept.output, recording.id).toMatchObject(objects(was));
      expect({ ...kept, output: null }, recording.id).toEqual({ ...told, output: null });
      items += objects(kept.output).length;
    }
    process.stdout.write(`kept and read back: ${answered.length} recorded responses, ${items} items\n`);
    expect(items).toBeGreaterThan(answered.length);
  }, 60_000);

  test('refuse and fail as they were recorded: the same status where the request is at fault', async () => {
    const refused = replays.filter(({ recording }) => recording.response.status >= 400);
    expect(refused.length).toBeGreaterThan(10);
    for (const { target, recording } of refused) {
      const { status, text } = await askRaw(`${house.gateway.url}/v1/responses`, { model: target, input: 'Go on.' });
      const error = object(object(JSON.parse(text) as JsonValue).error);
      const { code } = object(error.understudy);
      const kept = code === 'upstream_refused' && status === recording.response.status;
      // A refused key, or a model that is not there, is the operator's to mend: another target would have been asked.
      expect(kept || (code === 'all_targets_failed' && status === 503), `${recording.id}: ${status} ${text}`).toBe(
        true,
      );
    }
  });

  test('an error in mid-stream becomes one error', async () => {
    const broken = replays.filter(({ recording }) => recording.features.includes('error-mid-stream'));
    for (const { target } of broken) {
      const body = { model: target, input: 'Go on.', stream: true };
      const { status, text } = await askRaw(`${house.gateway.url}/v1/responses`, body);
      // Larger than the account may ever send: no waiting cures it, so that the vendor's own words are passed on.
      expect([status, object(object(JSON.parse(text) as JsonValue).error).code]).toEqual([400, 'rate_limit_exceeded']);
    }
    expect(broken.length).toBeGreaterThan(0);
  });
});

const KEPT_ELSEWHERE = ['previous_response_id', 'conversation', 'prompt', 'background', 'understudy'];

/** The recorded request, without what only its provider could have looked up. */
function questionOf({ request, response }: Recording): JsonObject {
  const calls = itemsOf(response).filter(({ type, namespace }) => type === 'function_call' && namespace === undefined);
  const unasked = { tools: calls.map(({ name = '' }) => ({ type: 'function', name })) };
  const body: JsonObject = request === null ? unasked : object(request.body);
  const rest = Object.entries(body).filter(([key]) => !KEPT_ELSEWHERE.includes(key));
  const input = body.input ?? 'Go on.';
  const referring = JSON.stringify(input).includes('"item_reference"');
  return { ...Object.fromEntries(rest), input: referring ? 'Go on.' : input };
}

function itemsOf({ sse, body }: RecordedResponse): JsonObject[] {
  if (sse === undefined) return objects(object(body as JsonValue).output);
  return framesOf(sse)
    .filter(({ data }) => data.startsWith('{'))
    .map(({ data }) => JSON.parse(data) as JsonObject)
    .flatMap(({ type, item }) => (type === 'response.output_item.done' && isJsonObject(item) ? [item] : []));
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function object(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
