import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anthropicMessagesFields } from '../../src/dialects/anthropic-messages/request-fields.ts';
import { NEUTRAL_FIELDS, termsOf } from '../../src/dialects/common/caller-terms.ts';
import type { RequestFields } from '../../src/dialects/common/request-fields.ts';
import { geminiGenerateFields } from '../../src/dialects/gemini-generate/request-fields.ts';
import { openaiChatFields } from '../../src/dialects/openai-chat/request-fields.ts';
import { openaiResponsesFields } from '../../src/dialects/openai-responses/request-fields.ts';
import type { DialectName } from '../../src/model/dialect-name.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import type { Loss } from '../../src/model/loss.ts';
import { asksSomething, type FieldCase, fieldCases, merged } from '../kit/field-cases.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { framesOf } from '../kit/sse-text.ts';

/**
 * Nothing that a caller says vanishes: every field of every dialect, sent through the gateway to a target of every other
 * dialect, is either in the provider's request, or named in the answer, or the reason why nobody may serve.
 */
const CALLERS: readonly RequestFields[] = [
  openaiChatFields,
  openaiResponsesFields,
  anthropicMessagesFields,
  geminiGenerateFields,
];

const TARGETS: Readonly<Record<DialectName, { provider: string; thinking: string }>> = {
  'openai-chat': { provider: 'alpha', thinking: 'effort' },
  'openai-responses': { provider: 'omega', thinking: 'effort' },
  'anthropic-messages': { provider: 'beta', thinking: 'adaptive' },
  'gemini-generate': { provider: 'gamma', thinking: 'budget' },
};
const NAMES = Object.keys(TARGETS) as DialectName[];

let house: House;

beforeAll(async () => {
  const quirksOf = (dialect: DialectName) => ({ quirks: { vendorFields: true, thinking: TARGETS[dialect].thinking } });
  house = await startHouse({
    timeouts: { headers: '5s', firstContent: '5s', gap: '5s' },
    providers: {
      alpha: quirksOf('openai-chat'),
      beta: quirksOf('anthropic-messages'),
      gamma: quirksOf('gemini-generate'),
      omega: quirksOf('openai-responses'),
    },
  });
});
afterAll(() => house.close());

interface Told {
  readonly status: number;
  /** As the provider received it; undefined where nobody was asked. */
  readonly sent: JsonObject | undefined;
  readonly losses: readonly Pick<Loss, 'field' | 'why'>[];
  readonly degraded: boolean;
  /** The whole answer as text, for errors. */
  readonly text: string;
}

function pathOf(caller: DialectName, model: string, stream: boolean): string {
  switch (caller) {
    case 'openai-chat':
      return '/v1/chat/completions';
    case 'openai-responses':
      return '/v1/responses';
    case 'anthropic-messages':
      return '/v1/messages';
    case 'gemini-generate':
      return `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
  }
}

function sentTo(provider: string): readonly JsonValue[] {
  return house.simulator.meter(provider).requestLog.map(({ body }) => body);
}

async function ask(caller: DialectName, target: DialectName, given: JsonObject): Promise<Told> {
  const { provider } = TARGETS[target];
  const model = `${provider}/steady-1`;
  const { model: _model, stream: inBody, ...gemini } = given;
  const stream = inBody === true;
  const before = sentTo(provider).length;
  const response = await fetch(house.gateway.url + pathOf(caller, model, stream), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify(caller === 'gemini-generate' ? gemini : { ...given, model }),
  });
  const text = await response.text();
  const asked = sentTo(provider).slice(before);
  const sent = asked.at(-1);
  return {
    status: response.status,
    sent: isJsonObject(sent) ? sent : undefined,
    losses: response.ok ? adaptedIn(text, stream) : [],
    degraded: response.headers.get('x-understudy-degraded') === 'true',
    text,
  };
}

/** `understudy.adapted` of a whole answer, or of whichever frame of a stream has it. */
function adaptedIn(text: string, stream: boolean): { field: string; why: string }[] {
  const bodies = stream ? framesOf(text).map(({ data }) => data) : [text];
  const found = bodies.flatMap((body) => {
    if (!body.includes('"understudy"')) return [];
    const parsed: JsonValue = JSON.parse(body);
    const outer = isJsonObject(parsed) ? parsed : {};
    const own = outer.understudy ?? (isJsonObject(outer.response) ? outer.response.understudy : undefined);
    return isJsonObject(own) ? [own] : [];
  });
  const last = found.at(-1);
  expect(last, text.slice(0, 500)).toBeDefined();
  const adapted = last?.adapted;
  return Array.isArray(adapted)
    ? adapted.map((loss) => (isJsonObject(loss) ? { field: String(loss.field), why: String(loss.why) } : never()))
    : [];
}

function never(): never {
  throw new Error('a loss that is no object');
}

/** A loss tells of a field when it names it, what it is a part of, a part of it, or its neutral twin. */
function tellsOf(loss: { readonly field: string }, field: string, caller: DialectName): boolean {
  if (loss.field === field || loss.field.startsWith(`${field}.`) || field.startsWith(`${loss.field}.`)) return true;
  return NEUTRAL_FIELDS.some((neutral) => {
    const terms = termsOf(neutral, caller);
    return terms.includes(loss.field) && terms.includes(field);
  });
}

/** Sent, and refused by the simulated Gemini, which gives one candidate, as many of the vendor's models do. */
const NOT_SIMULATED = new Set(['n']);

type Fate = 'sent' | 'named' | 'not eligible' | 'refused' | 'done by the gateway' | 'nothing lost' | 'VANISHED';

/** What became of one field; anything that the table did not say is VANISHED, with what was seen instead. */
async function fateOf(one: FieldCase, caller: DialectName, target: DialectName): Promise<[Fate, string]> {
  const told = await ask(caller, target, one.body);
  const { rule, field } = one;
  const seen = `${told.status} ${told.text.slice(0, 300)}`;
  switch (rule.kind) {
    case 'gateway':
      return told.status === 200 ? ['done by the gateway', ''] : ['VANISHED', seen];
    case 'harmless':
      return told.status === 200 ? ['nothing lost', ''] : ['VANISHED', seen];
    case 'refused':
      return told.status === 400 && told.text.includes(field) ? ['refused', ''] : ['VANISHED', seen];
    case 'required':
    case 'held': {
      const reason = rule.kind === 'required' ? `capability(${rule.needs})` : `provider-state(${rule.state})`;
      const isRefused = told.status === 400 && told.sent === undefined;
      return isRefused && told.text.includes(reason) && told.text.includes(field)
        ? ['not eligible', '']
        : ['VANISHED', seen];
    }
    case 'same-dialect': {
      const isNamed = told.status === 200 && told.losses.some((loss) => loss.field === field);
      return isNamed && (!rule.matters || told.degraded) ? ['named', ''] : ['VANISHED', seen];
    }
    case 'neutral': {
      // More than one answer is an ability; its neutral count goes where it is had.
      if (told.status === 400 && told.text.includes('capability(several-answers)')) return ['not eligible', ''];
      const without = await ask(caller, target, one.without);
      const differs = told.sent !== undefined && JSON.stringify(told.sent) !== JSON.stringify(without.sent);
      if (differs) return told.status === 200 || NOT_SIMULATED.has(field) ? ['sent', ''] : ['VANISHED', seen];
      return told.losses.some((loss) => tellsOf(loss, field, caller)) ? ['named', ''] : ['VANISHED', seen];
    }
  }
}

/** These work on what the gateway keeps: a case of their own needs a conversation, or a prompt of its library. */
const NEEDS_A_STORE = new Set(['previous_response_id', 'conversation', 'prompt']);

describe.each(CALLERS)('every field of a request in $dialect', (fields) => {
  const caller = fields.dialect;
  const cases = fieldCases(fields).filter((one) => asksSomething(one) && !NEEDS_A_STORE.has(one.field));

  test.each(NAMES.filter((name) => name !== caller))('reaches a target of %s, or is told of', async (target) => {
    const tally = new Map<Fate, number>();
    const vanished: string[] = [];
    for (const one of cases) {
      const [fate, seen] = await fateOf(one, caller, target);
      tally.set(fate, (tally.get(fate) ?? 0) + 1);
      if (fate === 'VANISHED') vanished.push(`${one.field}: ${seen}`);
    }
    process.stdout.write(
      `${caller} → ${target}: ${cases.length} fields: ${[...tally].map((row) => row.join(' ')).join(', ')}\n`,
    );
    expect(vanished).toEqual([]);
  });

  test('reaches a target of the same dialect as it came', async () => {
    const lost: string[] = [];
    let compared = 0;
    for (const { body, rule, field } of cases) {
      if (rule.kind === 'gateway' || rule.kind === 'refused' || OWNED.has(field)) continue;
      const { sent } = await ask(caller, caller, body);
      compared += 1;
      if (JSON.stringify(valueAt(sent, field)) !== JSON.stringify(rule.example))
        lost.push(`${field}: ${JSON.stringify(sent)}`);
    }
    process.stdout.write(`${caller} → ${caller}: ${compared} fields as they came\n`);
    expect(lost).toEqual([]);
  });
});

/** Fields that the gateway writes itself for a target of the same dialect, each for the reason beside it. */
const OWNED = new Set([
  'max_completion_tokens', // under the name that the target knows
  'anthropic_beta', // becomes a header
  'include', // encrypted thinking is asked for as well
]);

function valueAt(value: JsonValue | undefined, path: string): JsonValue | undefined {
  let at = value;
  for (const key of path.split(/[.[\]]+/).filter((each) => each !== '')) {
    if (Array.isArray(at)) at = at[Number(key)];
    else if (isJsonObject(at)) at = at[key];
    else return undefined;
  }
  return at;
}

/** What stands inside of messages: the request with it, and the same without. */
interface PartCase {
  readonly what: string;
  readonly caller: DialectName;
  readonly body: JsonObject;
  readonly without: JsonObject;
}

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';
const HI = { type: 'text', text: 'Hi' };

function chatPart(what: string, part: JsonObject): PartCase {
  const body = (content: JsonValue): JsonObject => ({ messages: [{ role: 'user', content }] });
  return { what, caller: 'openai-chat', body: body([HI, part]), without: body([HI]) };
}

function chatMessage(what: string, more: JsonObject): PartCase {
  const turn = { role: 'assistant', content: 'Hello.' };
  const body = (message: JsonObject): JsonObject => ({
    messages: [{ role: 'user', content: 'Hi' }, message, { role: 'user', content: 'Go on.' }],
  });
  return { what, caller: 'openai-chat', body: body({ ...turn, ...more }), without: body(turn) };
}

function anthropicBlock(what: string, role: 'user' | 'assistant', block: JsonObject, more: JsonObject = {}): PartCase {
  const first = { role: 'user', content: role === 'user' ? [HI, block] : [HI] };
  const turns =
    role === 'user' ? [first] : [first, { role, content: [HI, block] }, { role: 'user', content: 'Go on.' }];
  const plain =
    role === 'user' ? [{ role, content: [HI] }] : [first, { role, content: [HI] }, { role: 'user', content: 'Go on.' }];
  const base = { max_tokens: 100, ...more };
  return {
    what,
    caller: 'anthropic-messages',
    body: { ...base, messages: turns },
    without: { ...base, messages: plain },
  };
}

function geminiPart(what: string, role: 'user' | 'model', part: JsonObject): PartCase {
  const body = (parts: JsonObject[]): JsonObject => ({
    contents: [
      ...(role === 'model' ? [{ role: 'user', parts: [{ text: 'Hi' }] }] : []),
      { role, parts },
      ...(role === 'model' ? [{ role: 'user', parts: [{ text: 'Go on.' }] }] : []),
    ],
  });
  const hi = { text: 'Hi' };
  return { what, caller: 'gemini-generate', body: body([hi, part]), without: body([hi]) };
}

function responsesItem(what: string, item: JsonObject): PartCase {
  const body = (items: JsonObject[]): JsonObject => ({
    store: false,
    input: [{ role: 'user', content: 'Hi' }, ...items, { role: 'user', content: 'Go on.' }],
  });
  return { what, caller: 'openai-responses', body: body([item]), without: body([]) };
}

const PDF_BYTES = { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQK' };

const PART_CASES: readonly PartCase[] = [
  chatMessage('the name of a participant', { name: 'Ada' }),
  chatMessage('a refusal', { refusal: 'I will not.' }),
  chatMessage('an answer that was spoken', { audio: { id: 'audio_1' } }),
  chatPart('a picture by address', {
    type: 'image_url',
    image_url: { url: 'https://example.com/a.png', detail: 'high' },
  }),
  chatPart('a picture', { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }),
  chatPart('a sound', { type: 'input_audio', input_audio: { data: WAV, format: 'wav' } }),
  chatPart('a film', { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } }),
  chatPart('a file', {
    type: 'file',
    file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0xLjQK' },
  }),
  chatPart('a marker of the cache', { ...HI, cache_control: { type: 'ephemeral' } }),
  anthropicBlock('a marker of the cache', 'user', { ...HI, cache_control: { type: 'ephemeral' } }),
  anthropicBlock('a document that may be cited', 'user', {
    type: 'document',
    source: PDF_BYTES,
    citations: { enabled: true },
  }),
  anthropicBlock('the context of a document', 'user', {
    type: 'document',
    source: PDF_BYTES,
    title: 'T',
    context: 'C',
  }),
  anthropicBlock('a result of a search of the caller’s own', 'user', {
    type: 'search_result',
    title: 'T',
    source: 'S',
    content: [HI],
  }),
  anthropicBlock('a file for the container', 'user', { type: 'container_upload', file_id: 'file_1' }),
  anthropicBlock('thinking that nobody can read', 'assistant', { type: 'redacted_thinking', data: 'x' }),
  anthropicBlock('a search that the vendor made', 'assistant', {
    type: 'server_tool_use',
    id: 'srvtoolu_1',
    name: 'web_search',
    input: { query: 'x' },
  }),
  geminiPart('how a film is cut', 'user', {
    inlineData: { mimeType: 'image/png', data: PNG },
    videoMetadata: { fps: 1 },
  }),
  geminiPart('a film', 'user', { fileData: { fileUri: 'https://www.youtube.com/watch?v=x' } }),
  geminiPart('a sound', 'user', { inlineData: { mimeType: 'audio/wav', data: WAV } }),
  geminiPart('code that the vendor ran', 'model', { executableCode: { language: 'PYTHON', code: '1' } }),
  responsesItem('a search that the vendor made', {
    type: 'web_search_call',
    id: 'ws_1',
    status: 'completed',
    action: { type: 'search', query: 'x' },
  }),
  responsesItem('thinking that nobody can read', {
    type: 'reasoning',
    id: 'rs_1',
    summary: [],
    encrypted_content: 'gAAA',
  }),
  responsesItem('a picture by address', {
    role: 'user',
    content: [{ type: 'input_image', image_url: 'https://example.com/a.png', detail: 'high' }],
  }),
  responsesItem('a file by address', {
    role: 'user',
    content: [{ type: 'input_file', file_url: 'https://example.com/a.pdf' }],
  }),
];

describe('what stands in messages', () => {
  const ways = PART_CASES.flatMap((one) =>
    NAMES.filter((name) => name !== one.caller).map((target) => ({ ...one, target })),
  );

  test.each(ways)(
    '$what, from $caller to $target: reaches it, or is told of',
    async ({ caller, target, body, without }) => {
      const named = { model: 'route', ...body };
      const told = await ask(caller, target, named);
      if (told.status === 400) {
        expect(told.text).toMatch(/capability\((audio|video)\)|provider-state\(/);
        expect(told.sent).toBeUndefined();
        return;
      }
      expect(told.status, told.text.slice(0, 300)).toBe(200);
      const plain = await ask(caller, target, { model: 'route', ...without });
      const before = plain.losses.map(({ field, why }) => `${field}: ${why}`);
      const fresh = told.losses.filter(({ field, why }) => !before.includes(`${field}: ${why}`));
      expect(
        fresh.length > 0 || JSON.stringify(told.sent) !== JSON.stringify(plain.sent),
        told.text.slice(0, 300),
      ).toBe(true);
    },
  );
});

/** Of two names for one thing, or two things that exclude each other, one each. */
const EXCLUSIVE: Readonly<Record<DialectName, readonly string[]>> = {
  'openai-chat': ['functions', 'function_call', 'max_tokens', 'user', 'random_seed', 'reasoning', 'thinking', 'n'],
  'openai-responses': ['user', 'stream_options'],
  'anthropic-messages': ['output_format', 'tool_choice'],
  'gemini-generate': [],
};

function everything(fields: RequestFields): JsonObject {
  const chosen = fieldCases(fields).filter(
    ({ rule, field }) =>
      (rule.kind === 'neutral' || rule.kind === 'same-dialect') &&
      !field.includes('.') &&
      !EXCLUSIVE[fields.dialect].includes(field),
  );
  return chosen.reduce((body, one) => merged(body, one.body), fields.smallest);
}

describe.each(CALLERS)('a request with every field at once, in $dialect', (fields) => {
  const caller = fields.dialect;
  const others = NAMES.filter((name) => name !== caller);

  test.each(others.flatMap((target) => [false, true].map((stream) => ({ target, stream }))))(
    'to $target, streamed: $stream: what is lost is told alike in the answer, the ledger and explain',
    async ({ target, stream }) => {
      const body = everything(fields);
      const { status, losses, text, degraded } = await ask(caller, target, {
        ...body,
        ...(stream && { stream: true }),
      });
      expect(status, text.slice(0, 500)).toBe(200);
      const named = fieldCases(fields).filter(
        ({ rule, field }) => rule.kind === 'same-dialect' && Object.hasOwn(body, field),
      );
      for (const { field } of named) expect(losses.map((loss) => loss.field)).toContain(field);
      expect(degraded).toBe(named.some(({ rule }) => rule.kind === 'same-dialect' && rule.matters) || degraded);
      const id = (/"request_id":"(req_[^"]+)"/.exec(text) ?? [])[1] ?? '';
      const row = await house.reader.request(id);
      const recorded = row?.attemptRows.at(-1)?.losses.map(({ field, why }) => ({ field, why }));
      expect(recorded).toEqual(losses);
    },
  );
});
