import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { post, talk } from '../kit/raw-http.ts';
import { ask, body, PATHS, readError, SURFACES, type Surface, stillServes } from './edge-kit.ts';

/** A failing run prints its seed; UNDERSTUDY_FUZZ_SEED repeats it, UNDERSTUDY_FUZZ_MS searches longer. */
const seed = Number(process.env.UNDERSTUDY_FUZZ_SEED ?? Date.now() % 2 ** 31);
const timeLimitMs = Number(process.env.UNDERSTUDY_FUZZ_MS ?? 5_000);
/** Connections at once: most of their time they wait for a limit to strike. */
const SIDE_BY_SIDE = 60;
const HEADERS_TIMEOUT_MS = 300;
/** Node looks once a second; the rest is for a loaded machine. */
const LONGEST_MS = HEADERS_TIMEOUT_MS + 300 + 1_000 + 6_000;

let house: House;
beforeAll(async () => {
  house = await startHouse({
    server: { limits: { headersTimeout: '300ms', bodyTimeout: '600ms', body: '64KiB', headerBytes: '4KiB' } },
  });
});
afterAll(() => house.close());

function settings(): fc.Parameters<unknown> {
  return {
    seed,
    numRuns: 100_000,
    interruptAfterTimeLimit: timeLimitMs,
    markInterruptAsFailure: false,
    endOnFailure: true,
  };
}

function chunked(path: string, text: string): Buffer {
  const head = `POST ${path} HTTP/1.1\r\nhost: house\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
  return Buffer.from(`${head}${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`);
}

const good = fc
  .record({ surface: fc.constantFrom(...SURFACES), stream: fc.boolean(), inChunks: fc.boolean() })
  .map(({ surface, stream, inChunks }) => {
    const text = JSON.stringify(body(surface, { stream }));
    return inChunks ? chunked(PATHS[surface], text) : post(PATHS[surface], text);
  });

/** What parsers of HTTP and JSON stumble over. */
const token = fc.constantFrom(
  ...['\r\n', '\n', '\r', '\0', ' ', '\t', ':', ';', ',', '\r\n\r\n', '\r\n ', 'HTTP/1.1', 'HTTP/2.0', '0\r\n\r\n'],
  ...['content-length: 5\r\n', 'transfer-encoding: chunked\r\n', 'host: other\r\n', 'expect: 100-continue\r\n'],
  ...['connection: upgrade\r\nupgrade: h2c\r\n', 'content-encoding: gzip\r\n', 'x: \xff\r\n', 'GET / ', 'CONNECT a:1 '],
  ...['{', '}', '[', ']', '"', '\\', '\\u0000', '\\ud800', '-', '1e999', 'null', '"__proto__":{},', '"understudy":1,'],
  ...['ffffffffffffffff', '-1', '\x80', '\xed\xa0\x80', 'a'.repeat(5_000), '['.repeat(500)],
);

type Change = (bytes: Buffer) => Buffer;
const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (bytes: Buffer, where: number) => Math.floor(where * bytes.length);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, token).map(
    ([where, text]): Change =>
      (bytes) =>
        Buffer.concat([
          bytes.subarray(0, at(bytes, where)),
          Buffer.from(text, 'latin1'),
          bytes.subarray(at(bytes, where)),
        ]),
  ),
  fc.tuple(place, fc.integer({ min: 0, max: 255 })).map(
    ([where, value]): Change =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        if (copy.length > 0) copy[Math.min(at(bytes, where), copy.length - 1)] = value;
        return copy;
      },
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(
    ([where, count]): Change =>
      (bytes) =>
        Buffer.concat([bytes.subarray(0, at(bytes, where)), bytes.subarray(at(bytes, where) + count)]),
  ),
  fc.tuple(place, place).map(
    ([from, to]): Change =>
      (bytes) =>
        Buffer.concat([bytes, bytes.subarray(at(bytes, Math.min(from, to)), at(bytes, Math.max(from, to)))]),
  ),
  place.map(
    (where): Change =>
      (bytes) =>
        bytes.subarray(0, at(bytes, where)),
  ),
);

const bytes = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(good, fc.array(change, { minLength: 1, maxLength: 5 }))
      .map(([base, changes]) => changes.reduce((so, act) => act(so), base)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((random) => Buffer.from(random)) },
  { weight: 1, arbitrary: fc.array(token, { maxLength: 40 }).map((tokens) => Buffer.from(tokens.join(''), 'latin1')) },
);
/** The bytes, and where the packets end. */
const packets = fc.tuple(bytes, fc.array(place, { maxLength: 3 })).map(([all, cuts]) => {
  const ends = [0, ...cuts.map((cut) => at(all, cut)).sort((a, b) => a - b), all.length];
  return ends.slice(1).map((end, index) => all.subarray(ends[index], end));
});

test(
  'whatever bytes arrive, the connection gets an answer or its end, and never an error of ours',
  async () => {
    const answers = new Map<number, number>();
    const talks = fc.array(packets, { minLength: SIDE_BY_SIDE, maxLength: SIDE_BY_SIDE, size: 'max' });
    await fc.assert(
      fc.asyncProperty(talks, async (all) => {
        await Promise.all(
          all.map(async (say) => {
            const seen = await talk(house.gateway.url, { say, answers: 1, waitMs: LONGEST_MS });
            const sent = JSON.stringify(Buffer.concat(say).toString('latin1').slice(0, 600));
            if (seen.responses.length === 0 && seen.closing === 'open') throw new Error(`hangs: ${sent}`);
            for (const { status, text } of seen.responses) {
              answers.set(status, (answers.get(status) ?? 0) + 1);
              if (status >= 500) throw new Error(`${status} for ${sent}: ${text.slice(0, 300)}`);
            }
          }),
        );
      }),
      settings(),
    );
    // Neither all refused nor all served, or the search would look in one corner only.
    expect(answers.get(400)).toBeGreaterThan(10);
    expect(answers.get(200)).toBeGreaterThan(2);
    expect(house.logs.join('')).not.toContain('internal error');
    await stillServes(house);
  },
  60_000 + timeLimitMs,
);

const FIELDS: Readonly<Record<Surface, readonly string[]>> = {
  'openai-chat':
    'model messages tools tool_choice functions function_call parallel_tool_calls response_format reasoning_effort temperature top_p top_k frequency_penalty presence_penalty seed max_tokens max_completion_tokens stop stream stream_options n user metadata logit_bias modalities audio prediction understudy'.split(
      ' ',
    ),
  'anthropic-messages':
    'model messages system max_tokens stream tools tool_choice stop_sequences temperature top_p top_k thinking output_config output_format metadata anthropic_beta mcp_servers container service_tier understudy'.split(
      ' ',
    ),
};

/** Keys that a dialect looks for, so that the search gets past the first check. */
const known = fc.constantFrom(
  ...['type', 'role', 'content', 'text', 'name', 'function', 'arguments', 'id', 'tool_calls', 'tool_call_id', 'source'],
  ...['image_url', 'url', 'data', 'media_type', 'input', 'input_schema', 'parameters', 'properties', 'json_schema'],
  ...['schema', 'strict', '$ref', '$defs', 'items', 'anyOf', 'enum', 'tool_use_id', 'thinking', 'signature', 'format'],
  ...['pin', 'tags', 'quality', 'deadline_ms', 'residency', 'constructor', 'toString'],
);
const word = fc.constantFrom(
  ...['user', 'assistant', 'system', 'tool', 'function', 'text', 'image_url', 'image', 'tool_use', 'tool_result'],
  ...['document', 'thinking', 'redacted_thinking', 'refusal', 'input_audio', 'file', 'json_schema', 'json_object'],
  ...['auto', 'any', 'required', 'none', 'object', 'string', '#/$defs/a', '#', 'base64', 'enabled', 'adaptive', ''],
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    word,
    fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(known, tie('value'), { maxKeys: 5 }),
    fc.dictionary(known, tie('value'), { maxKeys: 5 }),
  ),
})).value;

test(
  'whatever JSON stands in a field, it is served, or refused in the dialect of its surface',
  async () => {
    const answers = new Map<number, number>();
    const request = fc.constantFrom(...SURFACES).chain((surface) =>
      fc.record({
        surface: fc.constant(surface),
        stream: fc.boolean(),
        fields: fc.array(fc.tuple(fc.constantFrom(...FIELDS[surface]), json), { minLength: 1, maxLength: 3 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 20, maxLength: 20, size: 'max' }), async (all) => {
        await Promise.all(
          all.map(async ({ surface, stream, fields }) => {
            const sent = body(surface, { stream, ...Object.fromEntries(fields) });
            const answer = await ask(house, surface, { body: sent });
            answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1);
            const shown = `${answer.status} for ${JSON.stringify(sent)}: ${answer.text.slice(0, 300)}`;
            if (answer.status >= 500) throw new Error(shown);
            if (answer.status >= 400) readError(surface, answer.text);
          }),
        );
      }),
      settings(),
    );
    expect(answers.get(400)).toBeGreaterThan(10);
    expect(answers.get(200)).toBeGreaterThan(2);
    expect(house.logs.join('')).not.toContain('internal error');
    await stillServes(house);
  },
  60_000 + timeLimitMs,
);
