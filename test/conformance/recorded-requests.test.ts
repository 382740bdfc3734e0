import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import type { Target } from '../../src/model/target.ts';
import { resolveTarget } from '../../src/providers/resolve-target.ts';
import { openaiRequestCheck, openaiSpecPresent } from '../kit/openai-spec.ts';
import {
  decodeEncoded,
  encodeFor,
  type RecordedRequest,
  type RecordedRequests,
  type RequestFile,
  recordedRequests,
} from '../kit/recorded-requests.ts';
import { recordingsPresent } from '../kit/recordings.ts';
import { differences } from '../kit/same-conversation.ts';
import { checkTypes, type TypedBody, vendorTypeOf } from '../kit/sdk-types.ts';
import { Tally } from './tally.ts';

const FILES = ['openai-chat', 'mistral', 'openai-responses', 'anthropic-messages', 'gemini-generate'] as const;

const OPENAI = { dialect: 'openai-chat', known: 'openai' } as const;
const RESPONSES = { dialect: 'openai-responses', known: 'openai' } as const;
const ANTHROPIC = { dialect: 'anthropic-messages', known: 'anthropic' } as const;
const GEMINI = { dialect: 'gemini-generate', known: 'gemini' } as const;

/** Of each dialect a model that answers at once and one that thinks, as the catalogue describes them. */
const TARGETS = [
  resolveTarget('openai', OPENAI, 'gpt-4.1'),
  resolveTarget('openai', OPENAI, 'gpt-5'),
  resolveTarget('openai', RESPONSES, 'gpt-4.1'),
  resolveTarget('openai', RESPONSES, 'gpt-5'),
  resolveTarget('anthropic', ANTHROPIC, 'claude-sonnet-4-5'),
  resolveTarget('anthropic', ANTHROPIC, 'claude-opus-4-7', { quirks: { anthropicVersion: '2026-10-21' } }),
  resolveTarget('gemini', GEMINI, 'gemini-2.5-flash'),
  resolveTarget('gemini', GEMINI, 'gemini-3-pro-preview'),
];

/** Why a caller's kit refuses what its vendor took. */
const REFUSALS: readonly { readonly why: string; readonly field: RegExp }[] = [
  {
    why: 'built on what the provider keeps',
    field: /^(prompt|conversation|previous_response_id|background|input\[\d+\])$/,
  },
];

let all: ReadonlyMap<RequestFile, RecordedRequests>;

describe.skipIf(!recordingsPresent)('what real clients asked, asked of every other provider', () => {
  beforeAll(() => {
    all = new Map(FILES.map((file) => [file, recordedRequests(file)]));
  });

  test('requests that a caller’s kit refuses are those that the vendor refused, or that no other could serve', () => {
    const tally = new Tally();
    for (const { read, refused } of all.values()) {
      for (const { id } of read) tally.add('read', id);
      for (const { id, status, field, why } of refused) {
        const known = REFUSALS.find((refusal) => refusal.field.test(field));
        tally.add(status >= 400 ? 'refused, by the vendor too' : (known?.why ?? `SURPRISE ${why}`), id);
      }
    }
    console.log(`recorded requests: ${tally.print()}`);
    expect(tally.surprises).toEqual([]);
    expect(tally.share(/^read$/, /^$/)).toBeGreaterThan(0.95);
  });

  test('every encoded body has the types of the vendor’s official SDK', { timeout: 120_000 }, async () => {
    const sent: Sent[] = [];
    for (const [name, { request }] of named(FILES)) {
      for (const target of TARGETS) {
        const isOwn = request.dialect === target.dialect;
        sent.push({
          name: `${name} → ${target.id} (${target.dialect})`,
          type: vendorTypeOf(target),
          body: encodeFor(request, target).body,
          recorded: isOwn ? request.original : undefined,
        });
      }
    }
    const findings = await checkTypes(sent);
    const byName = new Map(sent.map((each) => [each.name, each]));
    // A caller's own body goes to a target of its dialect as it came, with what other vendors of the dialect take.
    const surprises = findings.filter(({ name, path }) => !isAsRecorded(byName.get(name), path));
    console.log(
      `${sent.length} bodies against the SDKs' types: ${sent.length - new Set(findings.map(({ name }) => name)).size} valid; ` +
        `${findings.length - surprises.length} findings in what the caller itself wrote for its own dialect, ` +
        `${surprises.length} others`,
    );
    expect(surprises).toEqual([]);
  });

  test.skipIf(!openaiSpecPresent).each(['openai-chat', 'openai-responses'] as const)(
    'every encoded body of %s is valid against the schema that OpenAI publishes',
    (dialect) => {
      const check = openaiRequestCheck(dialect);
      const tally = new Tally();
      for (const [name, { request }] of named(FILES)) {
        const asRecorded = request.dialect === dialect && check(request.original).length > 0;
        for (const target of TARGETS.filter((each) => each.dialect === dialect)) {
          const wrong = asRecorded ? [] : check(encodeFor(request, target).body);
          const outcome = asRecorded ? 'as recorded, with what other vendors of the dialect take' : 'valid';
          tally.add(
            wrong.length === 0 ? outcome : `SURPRISE ${wrong.slice(0, 8).join('; ')}`,
            `${name} → ${target.id}`,
          );
        }
      }
      console.log(`${dialect} against OpenAI's schema: ${tally.print()}`);
      expect(tally.surprises).toEqual([]);
    },
  );

  test('every encoded body is read as the conversation it was, but for what the losses name', () => {
    const rows: Record<string, Record<string, number>> = {};
    const surprises: string[] = [];
    for (const file of FILES) {
      for (const [name, recorded] of named([file])) {
        for (const target of TARGETS) {
          const outcome = outcomeOf(recorded, target);
          if (outcome.startsWith('SURPRISE')) surprises.push(`${name} → ${target.id}: ${outcome}`);
          const pair = `${file} → ${target.dialect}`;
          const column = outcome.startsWith('SURPRISE') ? 'unexplained' : outcome;
          rows[pair] = { ...rows[pair], [column]: (rows[pair]?.[column] ?? 0) + 1 };
        }
      }
    }
    console.table(rows);
    expect(surprises).toEqual([]);
  });
});

function* named(files: readonly (typeof FILES)[number][]): Generator<[string, RecordedRequest]> {
  for (const file of files) for (const request of all.get(file)?.read ?? []) yield [request.id, request];
}

interface Sent extends TypedBody {
  /** What the caller wrote, where it speaks the target's dialect. */
  readonly recorded: JsonObject | undefined;
}

function isAsRecorded(sent: Sent | undefined, path: string): boolean {
  if (sent?.recorded === undefined) return false;
  const [was, is] = [valueAt(sent.recorded, path), valueAt(sent.body, path)];
  return was !== undefined && isDeepStrictEqual(was, is);
}

/** `messages[2].content` → the value there. */
function valueAt(body: JsonValue, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = body;
  for (const step of path.split(/[.[\]]+/).filter((each) => each !== '')) {
    if (Array.isArray(value)) value = value[Number(step)];
    else value = isJsonObject(value) ? value[step] : undefined;
  }
  return value;
}

function outcomeOf({ request }: RecordedRequest, target: Target): string {
  // No prompt of ours has that name: such a request is refused, by name, before anything is encoded.
  if (request.prompt) return 'names a prompt that a provider stores';
  const encoded = encodeFor(request, target);
  let after: ReturnType<typeof decodeEncoded>;
  try {
    after = decodeEncoded(encoded, target);
  } catch (error) {
    return `SURPRISE refused: ${String(error)}`;
  }
  const [first] = differences(request, after, encoded);
  if (first !== undefined) {
    const losses: JsonObject[] = encoded.losses.map((loss) => ({ ...loss }));
    return `SURPRISE ${JSON.stringify(first).slice(0, 1500)}; losses ${JSON.stringify(losses).slice(0, 500)}`;
  }
  return encoded.losses.length === 0 ? 'the same' : 'the same but for named losses';
}
