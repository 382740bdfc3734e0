import fc from 'fast-check';
import type { ChatRequest, ToolChoice, ToolDefinition } from '../../src/model/chat-request.ts';
import type { FilePart, ImagePart, Message, Part, TextPart } from '../../src/model/conversation.ts';
import type { DialectName } from '../../src/model/dialect-name.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { schemas } from './schema-arbitrary.ts';

/** Texts that translators break: brackets, JSON, blanks around, no ASCII, the keys of other dialects. */
const words = fc.oneof(
  fc.constantFrom(
    'Hello.',
    'Reply in JSON.',
    '{"output":"x"}',
    '{"error":"no"}',
    '[1, 2]',
    'null',
    '12',
    ' two\n\nlines ',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
);
const text: fc.Arbitrary<TextPart> = words.map((said) => ({ type: 'text', text: said }));

const bytes = fc.base64String({ minLength: 4, maxLength: 24 });
const image: fc.Arbitrary<ImagePart> = fc.oneof(
  fc
    .tuple(fc.constantFrom('image/png', 'image/jpeg', 'image/webp'), bytes)
    .map(([mediaType, data]): ImagePart => ({ type: 'image', source: { kind: 'base64', mediaType, data } })),
  fc.constantFrom('https://example.com/a.png', 'https://example.com/picture').map((url): ImagePart => {
    return { type: 'image', source: { kind: 'url', url } };
  }),
);
const file: fc.Arbitrary<FilePart> = fc
  .tuple(fc.constantFrom('application/pdf', 'text/plain', 'text/csv'), bytes, fc.constantFrom('report', undefined))
  .map(([mediaType, data, name]) => {
    const encoded = mediaType.startsWith('text/') ? Buffer.from(data).toString('base64') : data;
    return { type: 'file', source: { kind: 'base64', mediaType, data: encoded }, ...(name !== undefined && { name }) };
  });
const audio: fc.Arbitrary<Part> = fc
  .tuple(fc.constantFrom('audio/wav', 'audio/mpeg', 'audio/ogg'), bytes)
  .map(([mediaType, data]): Part => ({ type: 'audio', source: { kind: 'base64', mediaType, data } }));

const userMessage: fc.Arbitrary<Message> = fc
  .array(
    fc.oneof({ weight: 5, arbitrary: text }, { weight: 1, arbitrary: image }, { weight: 1, arbitrary: file }, audio),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => ({ role: 'user', parts }));

const toolNames = fc.constantFrom(
  'weather',
  'get.time',
  'mcp__server__a/b',
  'ünïcode',
  `long_${'x'.repeat(90)}`,
  'search',
);

/** JSON that every dialect can say: objects at the root, numbers that survive a parser. */
const values = fc.oneof(words, fc.integer({ min: -1e6, max: 1e6 }), fc.boolean(), fc.constant(null));
const argumentsJson = fc
  .dictionary(fc.constantFrom('city', 'unit', 'n', '__proto__'), values)
  .map((given) => JSON.stringify(given));

interface Round {
  readonly name: string;
  readonly json: string;
  readonly results: readonly (TextPart | ImagePart | FilePart)[];
  readonly isError: boolean;
}

/** Others than those of the user, so that it shows where they went. */
const resultImage = fc
  .constantFrom('https://example.com/result.png', 'https://example.com/shot')
  .map((url): ImagePart => ({ type: 'image', source: { kind: 'url', url } }));

const round: fc.Arbitrary<Round> = fc.record({
  name: toolNames,
  json: argumentsJson,
  results: fc.array(fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: resultImage }), { maxLength: 2 }),
  isError: fc.boolean(),
});

/** What the assistant said, the tools that it called side by side, and their results in one order or the other. */
const assistantMessages = fc
  .record({
    thinking: fc.option(words, { nil: undefined }),
    said: fc.array(text, { maxLength: 2 }),
    rounds: fc.array(round, { maxLength: 3 }),
    reversed: fc.boolean(),
    refused: fc.boolean(),
  })
  .map((turn) => turn);

type Turn = typeof assistantMessages extends fc.Arbitrary<infer T> ? T : never;

function messagesOf({ thinking, said, rounds, reversed, refused }: Turn, at: number): Message[] {
  const ids = rounds.map((_, number) => `call_${at}_${number}`);
  const parts: Part[] = [
    ...(thinking === undefined ? [] : [{ type: 'reasoning' as const, text: thinking }]),
    ...(refused && rounds.length === 0 ? [{ type: 'refusal' as const, text: 'I cannot.' }] : said),
    ...rounds.map(({ name, json }, number) => ({
      type: 'tool-call' as const,
      id: ids[number] ?? '',
      name,
      arguments: json,
    })),
  ];
  const results = rounds.map(({ results: content, isError }, number) => ({
    type: 'tool-result' as const,
    callId: ids[number] ?? '',
    content,
    isError,
  }));
  const answer: Message = { role: 'assistant', parts };
  if (rounds.length === 0) return parts.length === 0 ? [] : [answer];
  return [answer, { role: 'tool', parts: reversed ? results.toReversed() : results }];
}

const conversation: fc.Arbitrary<Message[]> = fc
  .record({
    system: fc.array(text, { maxLength: 2 }),
    first: userMessage,
    turns: fc.array(fc.tuple(assistantMessages, fc.option(userMessage, { nil: undefined })), { maxLength: 4 }),
    last: userMessage,
  })
  .map(({ system, first, turns, last }) => [
    ...system.map((part): Message => ({ role: 'system', parts: [part] })),
    first,
    ...turns.flatMap(([turn, user], at) => [...messagesOf(turn, at), ...(user ? [user] : [])]),
    last,
  ]);

const tool: fc.Arbitrary<ToolDefinition> = fc
  .record({
    name: toolNames,
    description: fc.option(words, { nil: undefined }),
    parameters: schemas,
    strict: fc.constantFrom(undefined, true, false),
  })
  .map(({ name, description, parameters, strict }) => ({
    name,
    parameters,
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  }));

const settings = fc.record(
  {
    reasoning: fc.oneof(
      fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'max').map((effort) => ({ effort }) as const),
      fc.constantFrom(1024, 5000, 20_000).map((budgetTokens) => ({ budgetTokens })),
    ),
    maxOutputTokens: fc.integer({ min: 1, max: 200_000 }),
    stop: fc.array(fc.constantFrom('END', '\n', ' ', 'STOP', '###', '---'), { maxLength: 6 }),
    choices: fc.integer({ min: 1, max: 3 }),
    endUser: fc.constantFrom('user-1', 'u'.repeat(300)),
    parallelToolCalls: fc.boolean(),
    stream: fc.boolean(),
  },
  { requiredKeys: [] },
);
const sampling = fc.record(
  {
    temperature: fc.constantFrom(0, 0.5, 1, 1.5, 2),
    topP: fc.constantFrom(0.1, 1),
    topK: fc.integer({ min: 1, max: 50 }),
    frequencyPenalty: fc.constantFrom(0, 1),
    presencePenalty: fc.constantFrom(0, -1),
    seed: fc.constantFrom(7, 2 ** 40),
  },
  { requiredKeys: [] },
);

function choiceFor(
  tools: readonly ToolDefinition[],
  kind: 'auto' | 'none' | 'required' | 'named',
): ToolChoice | undefined {
  const [first] = tools;
  if (first === undefined) return undefined;
  return kind === 'named' ? { kind, name: first.name } : { kind };
}

/** A request in no dialect, of a caller of `dialect`: conversations with all kinds of parts, tools, schemas, settings. */
export function requests(dialect: DialectName): fc.Arbitrary<ChatRequest> {
  return fc
    .record({
      messages: conversation,
      tools: fc.uniqueArray(tool, { selector: ({ name }) => name, maxLength: 3 }),
      choice: fc.constantFrom('auto', 'none', 'required', 'named'),
      output: fc.oneof(
        fc.constant({ kind: 'text' } as const),
        fc.constant({ kind: 'json' } as const),
        fc.record({
          kind: fc.constant('json-schema' as const),
          name: fc.constant('answer'),
          schema: schemas,
          strict: fc.boolean(),
        }),
      ),
      settings,
      sampling,
    })
    .map(({ messages, tools, choice, output, settings: set, sampling: sampled }): ChatRequest => {
      const { stop, choices, stream, ...others } = set;
      const toolChoice = choiceFor(tools, choice);
      const original: JsonObject = {};
      return {
        ...others,
        dialect,
        model: 'route',
        messages,
        tools,
        ...(toolChoice && { toolChoice }),
        output,
        sampling: sampled,
        stop: stop ?? [],
        stream: stream ?? false,
        streamUsage: true,
        choices: choices ?? 1,
        options: {},
        original,
        unmapped: [],
        requires: [],
        conversationEdited: false,
      };
    });
}
