import { describe, expect, test } from 'vitest';
import { decodeAnswer as anthropicAnswer } from '../../src/dialects/anthropic-messages/decode-answer.ts';
import { decodeFault as anthropicFault } from '../../src/dialects/anthropic-messages/decode-fault.ts';
import { streamDecoder as anthropicStream } from '../../src/dialects/anthropic-messages/stream-decoder.ts';
import { decodeAnswer as geminiAnswer } from '../../src/dialects/gemini-generate/decode-answer.ts';
import { decodeFault as geminiFault } from '../../src/dialects/gemini-generate/decode-fault.ts';
import { streamDecoder as geminiStream } from '../../src/dialects/gemini-generate/stream-decoder.ts';
import { decodeAnswer as chatAnswer } from '../../src/dialects/openai-chat/decode-answer.ts';
import { decodeFault as chatFault } from '../../src/dialects/openai-chat/decode-fault.ts';
import { streamDecoder as chatStream } from '../../src/dialects/openai-chat/stream-decoder.ts';
import { decodeAnswer as responsesAnswer } from '../../src/dialects/openai-responses/decode-answer.ts';
import { decodeFault as responsesFault } from '../../src/dialects/openai-responses/decode-fault.ts';
import { streamDecoder as responsesStream } from '../../src/dialects/openai-responses/stream-decoder.ts';
import type { ReadingContext } from '../../src/model/dialect.ts';
import type { Fault, FaultKind } from '../../src/model/fault.ts';
import type { JsonValue } from '../../src/model/json.ts';
import {
  type RecordedFile,
  type RecordedKin,
  type Recording,
  recordings,
  recordingsPresent,
} from '../kit/recordings.ts';
import { framesOf } from '../kit/sse-text.ts';

const READERS = {
  'openai-chat': chatFault,
  'openai-responses': responsesFault,
  'anthropic-messages': anthropicFault,
  'gemini-generate': geminiFault,
};

type AnyFile = RecordedFile | RecordedKin;

/**
 * Every recorded file but those of Bedrock (whose errors are told in a header, and read by a kit of its own) and the
 * neighbouring APIs of Google's, with the dialect whose reader is held to it.
 */
const FILES: Readonly<Record<string, keyof typeof READERS>> = {
  'openai-chat': 'openai-chat',
  'openai-responses': 'openai-responses',
  'anthropic-messages': 'anthropic-messages',
  'gemini-generate': 'gemini-generate',
  mistral: 'openai-chat',
  'openai-completions': 'openai-chat',
  'anthropic-complete': 'anthropic-messages',
  'cohere-chat-v1': 'openai-chat',
  'cohere-chat-v2': 'openai-chat',
  'ollama-chat': 'openai-chat',
} satisfies Partial<Record<AnyFile, keyof typeof READERS>>;

/** What a status may mean at all. A kind outside its row is a misreading, whatever the words were. */
const MAY_MEAN: Readonly<Record<number, readonly FaultKind[]>> = {
  400: ['invalid-request', 'provider-rejected', 'context-too-long', 'credential-refused', 'model-not-found'],
  401: ['credential-refused'],
  403: ['credential-refused', 'content-policy'],
  404: ['model-not-found', 'provider-rejected'],
  422: ['invalid-request', 'provider-rejected'],
  429: ['rate-limited', 'quota-exhausted'],
  500: ['server-error', 'provider-rejected'],
  529: ['server-error'],
};

interface Classified {
  readonly id: string;
  readonly provider: string;
  readonly status: number;
  readonly fault: Fault;
}

function classify(file: string, { id, provider, response }: Recording): Classified {
  const { status, headers, body, text, sse } = response;
  const content = body === undefined ? (text ?? sse ?? '') : JSON.stringify(body);
  const read = READERS[FILES[file] ?? 'openai-chat'];
  return { id, provider, status, fault: read({ status, headers, body: content }) };
}

describe.skipIf(!recordingsPresent)('recorded refusals', () => {
  test('each has a meaning that its status allows, and none is unknown', () => {
    const all = Object.keys(FILES).flatMap((file) =>
      recordings(file as AnyFile)
        .filter(({ response }) => response.status < 200 || response.status > 299)
        .map((recording) => classify(file, recording)),
    );
    console.log(table(all));
    expect(all.length).toBeGreaterThan(120);
    const wrong = all.filter(({ status, fault }) => !MAY_MEAN[status]?.includes(fault.kind));
    expect(wrong.map(({ id, status, fault }) => `${id}: ${status} ${fault.kind}`)).toEqual([]);
    expect(all.filter(({ fault }) => fault.complaint === undefined).map(({ id }) => id)).toEqual([]);
  });

  test('conversations that were too long are known as such, in every wording, with the window where it is told', () => {
    const tooLong = Object.keys(FILES).flatMap((file) =>
      recordings(file as AnyFile)
        .filter(({ features, quirks }) => [...features, ...quirks].some((tag) => /context-length/.test(tag)))
        .filter(({ response }) => response.status >= 400)
        .map((recording) => classify(file, recording)),
    );
    expect(tooLong.length).toBeGreaterThan(0);
    expect(tooLong.filter(({ fault }) => fault.kind !== 'context-too-long')).toEqual([]);
  });

  test('an error inside an answer of status 200 ends it as a fault', () => {
    const found: string[] = [];
    const missed: string[] = [];
    for (const file of ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate'] as const) {
      for (const recording of recordings(file)) {
        if (!recording.features.some((tag) => tag === 'error-in-200' || tag === 'error-mid-stream')) continue;
        const kind = faultInside(file, recording)?.kind;
        (kind === undefined || kind === 'unknown' ? missed : found).push(`${recording.id} ${kind}`);
      }
    }
    console.log(found.join('\n'));
    expect(missed).toEqual([]);
    expect(found.length).toBeGreaterThanOrEqual(5);
  });
});

const reading: ReadingContext = { toolNames: new Map(), finishOptional: false, newId: () => 'id0000000000000000' };
const WHOLE = {
  'openai-chat': chatAnswer,
  'openai-responses': responsesAnswer,
  'anthropic-messages': anthropicAnswer,
  'gemini-generate': geminiAnswer,
};
const STREAMED = {
  'openai-chat': chatStream,
  'openai-responses': responsesStream,
  'anthropic-messages': anthropicStream,
  'gemini-generate': geminiStream,
};

function faultInside(file: keyof typeof READERS, { response }: Recording): Fault | undefined {
  const decoder = STREAMED[file](reading);
  const events =
    response.sse === undefined
      ? WHOLE[file](response.body as JsonValue, reading)
      : [...framesOf(response.sse).flatMap((frame) => decoder.push({ kind: 'sse', ...frame })), ...decoder.end()];
  for (const event of events) if (event.type === 'fault') return event.fault;
  return undefined;
}

function table(all: readonly Classified[]): string {
  const counts = new Map<string, number>();
  for (const { provider, status, fault } of all) {
    const row = `${provider.padEnd(16)} ${status}  ${fault.kind}`;
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  const rows = [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([row, count]) => `${String(count).padStart(4)}  ${row}`);
  return [`${all.length} recorded refusals`, ...rows].join('\n');
}
