import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import { UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { Message, Part } from '../../model/conversation.ts';
import type { EncodedRequest } from '../../model/dialect.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { DEFAULT_QUIRKS, type Quirks } from '../../model/quirks.ts';
import type { Target } from '../../model/target.ts';
import { maxLosses } from '../common/losses.ts';
import { decodeAnswer } from './decode-answer.ts';
import { encodeRequest } from './encode-request.ts';

function targetOf(quirks: Partial<Quirks> = {}, more: Partial<Target> = {}): Target {
  return {
    id: 'google/gemini-x',
    provider: 'google',
    model: 'gemini-x',
    dialect: 'gemini-generate',
    lane: 'google/gemini-x',
    capabilities: UNKNOWN_CAPABILITIES,
    quirks: { ...DEFAULT_QUIRKS, ...quirks },
    ...more,
  };
}

function request(more: Partial<ChatRequest> = {}): ChatRequest {
  return {
    dialect: 'openai-chat',
    model: 'route',
    messages: [user('hi')],
    tools: [],
    output: { kind: 'text' },
    sampling: {},
    stop: [],
    stream: false,
    streamUsage: true,
    choices: 1,
    options: {},
    original: {},
    unmapped: [],
    requires: [],
    conversationEdited: false,
    ...more,
  };
}

function encode(more: Partial<ChatRequest>, target: Target = targetOf()): EncodedRequest {
  return encodeRequest(request(more), { target, newId: () => 'fresh' });
}

const say = (role: Message['role'], ...parts: Part[]): Message => ({ role, parts });
const text = (value: string): Part => ({ type: 'text', text: value });
const user = (value: string): Message => say('user', text(value));
const call = (id: string, name: string, args = '{}'): Part => ({ type: 'tool-call', id, name, arguments: args });
const result = (callId: string, value: string, isError = false): Part => ({
  type: 'tool-result',
  callId,
  content: [{ type: 'text', text: value }],
  isError,
});
const contents = (messages: readonly Message[]): JsonValue | undefined => encode({ messages }).body.contents;
const mattering = ({ losses }: EncodedRequest): string[] =>
  losses.filter((loss) => loss.matters).map((loss) => loss.field);
const named = ({ losses }: EncodedRequest): string[] => losses.map((loss) => loss.field);

describe('the path', () => {
  it('names the model and the kind of answer', () => {
    expect(encode({}).path).toBe('/models/gemini-x:generateContent');
    expect(encode({ stream: true }).path).toBe('/models/gemini-x:streamGenerateContent?alt=sse');
    expect(encode({}, targetOf({}, { model: 'models/gemini-x' })).path).toBe('/models/gemini-x:generateContent');
  });

  it('cannot be left by a model’s name', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom('../../x', 'a?key=1#', '\ud800', '..', 'a:b', '%2e%2e/'),
        ),
        (model) => {
          const { path } = encode({}, targetOf({}, { model }));
          expect(path).toMatch(/^\/models\/[^/?#:\\]*:generateContent$/);
          expect(new URL(`https://host/v1beta${path}`).pathname).toMatch(/^\/v1beta\/models\/[^/]*:generateContent$/);
        },
      ),
    );
  });
});

describe('the conversation', () => {
  it('puts instructions apart and merges neighbours of one role', () => {
    const encoded = encode({
      messages: [
        say('system', text('Be brief.')),
        user('a'),
        user('b'),
        say('assistant', text('c'), { type: 'refusal', text: 'no' }),
        say('system', text('In French.')),
        user('d'),
      ],
    });
    expect(encoded.body).toEqual({
      systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'In French.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'a' }, { text: 'b' }] },
        { role: 'model', parts: [{ text: 'c' }, { text: 'no' }] },
        { role: 'user', parts: [{ text: 'd' }] },
      ],
    });
    expect(named(encoded)).toEqual(['messages[3].content[1]', 'messages[4]']);
  });

  it('of instructions alone is sent as the user', () => {
    const encoded = encode({ messages: [say('system', text('Write a poem.'))] });
    expect(encoded.body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Write a poem.' }] }] });
    expect(named(encoded)).toEqual(['messages[0]']);
    // Nor may there be no turn at all, where nothing of the conversation can be told.
    const unheard: Part = { type: 'file', source: { kind: 'provider-file', id: 'f', dialect: 'anthropic-messages' } };
    const silent = encode({ messages: [say('user', unheard)] });
    expect(silent.body.contents).toEqual([{ role: 'user', parts: [{ text: 'Continue.' }] }]);
    expect(mattering(silent)).toEqual(['messages[0].content[0]', 'messages']);
  });

  it('with parallel calls has their results in one turn, by name, results first', () => {
    expect(
      contents([
        user('weather?'),
        say('assistant', text('One moment.'), call('1', 'f', '{"a":1}'), call('2', 'g', '')),
        say('tool', result('1', '{"t":20}')),
        say('tool', result('2', 'no such place', true)),
        user('thanks'),
      ]),
    ).toEqual([
      { role: 'user', parts: [{ text: 'weather?' }] },
      {
        role: 'model',
        parts: [
          { text: 'One moment.' },
          {
            functionCall: { id: '1', name: 'f', args: { a: 1 } },
            thoughtSignature: 'skip_thought_signature_validator',
          },
          { functionCall: { id: '2', name: 'g', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: '1', name: 'f', response: { t: 20 } } },
          { functionResponse: { id: '2', name: 'g', response: { error: 'no such place' } } },
          { text: 'thanks' },
        ],
      },
    ]);
  });

  it('gives its own signatures back where they stood, and nobody else’s', () => {
    const own = { dialect: 'gemini-generate' as const, value: 'c2ln' };
    const foreign = { dialect: 'anthropic-messages' as const, value: 'eHh4' };
    const messages = [
      user('q'),
      say(
        'assistant',
        { type: 'reasoning', text: 'own', opaque: own },
        { type: 'reasoning', text: 'foreign', opaque: foreign },
        {
          type: 'tool-call',
          id: '1',
          name: 'f',
          arguments: '{}',
          opaque: own,
        },
      ),
      say('tool', result('1', 'ok')),
      say('assistant', text('a'), { type: 'reasoning', text: '', opaque: own }),
    ];
    const encoded = encode({ messages });
    expect(JSON.stringify(encoded.body)).not.toContain('eHh4');
    expect(encoded.body.contents).toMatchObject([
      {},
      {
        parts: [
          { text: 'own', thought: true, thoughtSignature: 'c2ln' },
          { functionCall: { name: 'f' }, thoughtSignature: 'c2ln' },
        ],
      },
      { parts: [{ functionResponse: { response: { output: 'ok' } } }] },
      { parts: [{ text: 'a' }, { text: '', thoughtSignature: 'c2ln' }] },
    ]);
    expect(encoded.losses).toEqual([{ field: 'messages[1].content[1]', why: expect.any(String), matters: false }]);
  });

  it('keeps numbers of results that JSON would round, and text that is nested too deeply', () => {
    const big = '{"id":12345678901234567890}';
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    const encoded = encode({
      messages: [
        say('user', text('Go')),
        say('assistant', call('1', 'f'), call('2', 'f')),
        say('tool', result('1', big), result('2', deep)),
      ],
    });
    expect(encoded.body.contents).toMatchObject([
      {},
      {},
      {
        parts: [
          { functionResponse: { response: { output: big } } },
          { functionResponse: { response: { output: deep } } },
        ],
      },
    ]);
  });

  it('has the API fetch what is public, where the address tells what it is', () => {
    const url = 'https://example.com/a.PNG?size=2';
    const encoded = encode({ messages: [say('user', { type: 'image', source: { kind: 'url', url } })] });
    expect(encoded.body.contents).toEqual([
      { role: 'user', parts: [{ fileData: { fileUri: url, mimeType: 'image/png' } }] },
    ]);
    expect(encoded.losses).toEqual([]);
  });

  it('keeps results that look like the envelope of a result', () => {
    const texts = ['{"output":"x"}', '{"error":"x","code":1}', '{"output":"x","more":1}'];
    const encoded = encode({
      messages: [
        say('assistant', ...texts.map((_, at) => call(String(at), 'f', '{}'))),
        say('tool', ...texts.map((said, at) => result(String(at), said))),
      ],
    });
    expect(JSON.stringify(encoded.body.contents)).toContain('"response":{"output":{"output":"x"}}');
    expect(JSON.stringify(encoded.body.contents)).toContain('"response":{"output":{"error":"x","code":1}}');
    expect(JSON.stringify(encoded.body.contents)).toContain('"response":{"output":"x","more":1}');
  });

  it('names what cannot be sent', () => {
    const encoded = encode({
      messages: [
        say(
          'user',
          { type: 'image', source: { kind: 'url', url: 'http://example.com/a.png' } },
          { type: 'image', source: { kind: 'url', url: 'https://googleapis.com.example.com/a' } },
          { type: 'file', source: { kind: 'provider-file', id: 'file-1', dialect: 'openai-chat' } },
          { type: 'foreign', dialect: 'openai-chat', kind: 'web_search', value: {} },
          text('x'),
        ),
        say('assistant', call('1', 'f', 'not json')),
        say('tool', result('nobody', 'orphan')),
      ],
    });
    expect(mattering(encoded).sort()).toEqual([
      'messages[0].content[0]',
      'messages[0].content[1]',
      'messages[0].content[2]',
      'messages[0].content[3]',
      'messages[1].content[0]',
      'messages[1].content[0].arguments',
      'messages[2].content[0]',
    ]);
    expect(encoded.body.contents).toMatchObject([
      { parts: [{ text: 'x' }] },
      { parts: [{ functionCall: { args: { arguments: 'not json' } } }] },
      { parts: [{ functionResponse: { name: 'f' } }, { text: 'orphan' }] },
    ]);
  });

  it('sends media inline or from Google storage', () => {
    const encoded = encode({
      messages: [
        say(
          'user',
          { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' } },
          { type: 'file', source: { kind: 'url', url: 'gs://bucket/a.PDF' } },
          { type: 'audio', source: { kind: 'url', url: 'https://storage.googleapis.com/b/a.mp3?x=1' } },
          { type: 'file', source: { kind: 'provider-file', id: 'files/1', dialect: 'gemini-generate' } },
        ),
      ],
    });
    expect(encoded.losses).toEqual([]);
    expect(encoded.body.contents).toEqual([
      {
        role: 'user',
        parts: [
          { inlineData: { mimeType: 'image/png', data: 'AA==' } },
          { fileData: { fileUri: 'gs://bucket/a.PDF', mimeType: 'application/pdf' } },
          { fileData: { fileUri: 'https://storage.googleapis.com/b/a.mp3?x=1', mimeType: 'audio/mp3' } },
          { fileData: { fileUri: 'files/1' } },
        ],
      },
    ]);
  });

  it('puts the images of a tool result beside it, after all results', () => {
    const image = { type: 'image' as const, source: { kind: 'base64' as const, mediaType: 'image/png', data: 'AA==' } };
    const withImage: Part = {
      type: 'tool-result',
      callId: '1',
      content: [image, { type: 'text', text: 'seen' }],
      isError: false,
    };
    const encoded = encode({
      messages: [
        say('user', text('Go')),
        say('assistant', call('1', 'f'), call('2', 'g')),
        say('tool', withImage),
        say('tool', result('2', 'ok')),
      ],
    });
    expect(encoded.body.contents).toMatchObject([
      {},
      {},
      { parts: [{ functionResponse: { name: 'f' } }, { functionResponse: { name: 'g' } }, { inlineData: {} }] },
    ]);
    expect(named(encoded)).toEqual(['messages[2].content[0].content[0]']);
  });
});

describe('tools', () => {
  const tool = (name: string, parameters: JsonObject = {}) => ({ name, parameters });

  it('have their schema made acceptable, and every change named', () => {
    const encoded = encode({
      tools: [
        {
          name: 'f',
          description: 'does f',
          strict: true,
          parameters: {
            $schema: 'https://json-schema.org/draft/2020-12/schema',
            type: 'object',
            properties: {
              kind: { const: 'a' },
              at: { allOf: [{ $ref: '#/$defs/place' }], description: 'where' },
              s: { type: 'string', pattern: '^a' },
              not: { type: 'object', not: { type: 'null' } },
            },
            additionalProperties: false,
            $defs: { place: { type: 'object', properties: { city: { type: 'string' } } } },
          },
        },
      ],
    });
    expect(encoded.body.tools).toEqual([
      {
        functionDeclarations: [
          {
            name: 'f',
            description: 'does f',
            parametersJsonSchema: {
              type: 'object',
              properties: {
                kind: { enum: ['a'] },
                at: { type: 'object', properties: { city: { type: 'string' } }, description: 'where' },
                s: { type: 'string' },
                not: { type: 'object' },
              },
              additionalProperties: false,
            },
          },
        ],
      },
    ]);
    expect(encoded.losses).toEqual([
      { field: 'tools[0].strict', why: expect.any(String), matters: false },
      { field: 'tools[0].parameters', why: 'this target does not know properties.not: not', matters: true },
      {
        field: 'tools[0].parameters',
        why: 'not enforced by this target: $schema; properties.s: pattern',
        matters: false,
      },
    ]);
  });

  it('without parameters have none, but a free-form object stays one', () => {
    const encoded = encode({
      tools: [tool('a', { type: 'object', properties: {} }), tool('b', { type: 'object', additionalProperties: true })],
    });
    expect(encoded.body.tools).toEqual([
      {
        functionDeclarations: [
          { name: 'a' },
          { name: 'b', parametersJsonSchema: { type: 'object', additionalProperties: true } },
        ],
      },
    ]);
  });

  it('with names this API refuses are renamed, in the history too, and named back', () => {
    const encoded = encode({
      tools: [tool('1 look/up')],
      toolChoice: { kind: 'named', name: '1 look/up' },
      messages: [user('x'), say('assistant', call('1', '1 look/up')), say('tool', result('1', 'ok'))],
    });
    const [[sent, back] = ['', '']] = [...encoded.reading.toolNames];
    expect(sent).toMatch(/^[A-Za-z_][A-Za-z0-9_.-]*$/);
    expect(back).toBe('1 look/up');
    expect(encoded.body).toMatchObject({
      tools: [{ functionDeclarations: [{ name: sent }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [sent] } },
      contents: [{}, { parts: [{ functionCall: { name: sent } }] }, { parts: [{ functionResponse: { name: sent } }] }],
    });
    const answer = { candidates: [{ content: { parts: [{ functionCall: { name: sent } }] }, finishReason: 'STOP' }] };
    expect(collectAnswer(decodeAnswer(answer, encoded.reading)).parts).toEqual([
      { type: 'tool-call', id: 'fresh', name: '1 look/up', arguments: '{}' },
    ]);
  });

  it.each([
    [{ kind: 'auto' }, { mode: 'AUTO' }],
    [{ kind: 'none' }, { mode: 'NONE' }],
    [{ kind: 'required' }, { mode: 'ANY' }],
  ] as const)('choice %j', (toolChoice, functionCallingConfig) => {
    expect(encode({ tools: [tool('f')], toolChoice }).body.toolConfig).toEqual({ functionCallingConfig });
  });

  it('that are to be called one by one, or are demanded and absent, are losses that matter', () => {
    expect(mattering(encode({ tools: [tool('f')], parallelToolCalls: false }))).toEqual(['parallel_tool_calls']);
    expect(mattering(encode({ toolChoice: { kind: 'required' } }))).toEqual(['tool_choice']);
    expect(encode({ toolChoice: { kind: 'required' } }).body.toolConfig).toBeUndefined();
  });
});

describe('generation', () => {
  it('has every number this API has', () => {
    const encoded = encode({
      sampling: { temperature: 0.5, topP: 0.9, topK: 40, frequencyPenalty: 0.1, presencePenalty: -0.1, seed: 7 },
      maxOutputTokens: 100,
      stop: ['a', 'b'],
      choices: 2,
    });
    expect(encoded.losses).toEqual([]);
    expect(encoded.body.generationConfig).toEqual({
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      frequencyPenalty: 0.1,
      presencePenalty: -0.1,
      seed: 7,
      maxOutputTokens: 100,
      stopSequences: ['a', 'b'],
      candidateCount: 2,
    });
  });

  it('stays within the limits of this API and says so', () => {
    const target = targetOf({}, { capabilities: { ...UNKNOWN_CAPABILITIES, maxOutputTokens: 50 } });
    const encoded = encode(
      { stop: ['1', '2', '3', '4', '5', '6'], choices: 9, sampling: { seed: 2 ** 40 }, maxOutputTokens: 51 },
      target,
    );
    expect(encoded.body.generationConfig).toEqual({
      stopSequences: ['1', '2', '3', '4', '5'],
      candidateCount: 8,
      maxOutputTokens: 50,
    });
    expect(named(encoded).toSorted()).toEqual(['max_tokens', 'n', 'seed', 'stop']);
    expect(mattering(encoded)).toEqual(['n']);
    expect(encoded.endsAt).toEqual(['6']);
  });

  it('leaves sampling out where the target refuses it', () => {
    const encoded = encode({ sampling: { temperature: 1, topK: 3 } }, targetOf({ sampling: false }));
    expect(encoded.body.generationConfig).toBeUndefined();
    expect(named(encoded)).toEqual(['temperature', 'top_k']);
  });

  it.each([
    ['effort', { effort: 'minimal' }, { thinkingLevel: 'LOW', includeThoughts: true }],
    ['effort', { effort: 'max' }, { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['effort', { effort: 'none' }, { thinkingLevel: 'LOW' }],
    ['effort', { budgetTokens: 4000 }, { thinkingLevel: 'MEDIUM', includeThoughts: true }],
    ['budget', { effort: 'high' }, { thinkingBudget: 24_576, includeThoughts: true }],
    ['budget', { effort: 'none' }, { thinkingBudget: 0 }],
    ['budget', { budgetTokens: 100_000 }, { thinkingBudget: 24_576, includeThoughts: true }],
    ['adaptive', { effort: 'low' }, { thinkingBudget: -1, includeThoughts: true }],
  ] as const)('thinking by %s: %j', (thinking, reasoning, thinkingConfig) => {
    expect(encode({ reasoning }, targetOf({ thinking })).body.generationConfig).toEqual({ thinkingConfig });
  });

  it('asked to think where the target cannot is a loss that matters', () => {
    const encoded = encode({ reasoning: { effort: 'high' } });
    expect(encoded.body.generationConfig).toBeUndefined();
    expect(mattering(encoded)).toEqual(['reasoning']);
  });
});

describe('structured output', () => {
  const schema: JsonObject = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
  const output = { kind: 'json-schema', name: 'x', schema, strict: true } as const;

  it('is native', () => {
    const encoded = encode({ output });
    expect(encoded.body.generationConfig).toEqual({ responseMimeType: 'application/json', responseJsonSchema: schema });
    expect(encode({ output: { kind: 'json' } }).body.generationConfig).toEqual({
      responseMimeType: 'application/json',
    });
    expect(encoded.losses).toEqual([]);
    expect(encoded.reading.answerTool).toBeUndefined();
  });

  it('through a forced function where the target has no native form and the answer is an object', () => {
    const encoded = encode({ output }, targetOf({ structuredOutput: 'forced-tool' }));
    expect(encoded.reading.answerTool).toBe('answer');
    expect(encoded.body).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'answer', parametersJsonSchema: schema }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['answer'] } },
    });
    expect(encoded.body).not.toHaveProperty('generationConfig');
    expect(named(encoded)).toEqual(['response_format']);
    const listed = { ...output, schema: { type: 'array', items: schema } };
    const worded = encode({ output: listed }, targetOf({ structuredOutput: 'forced-tool' }));
    expect(worded.reading.answerTool).toBeUndefined();
    expect(JSON.stringify(worded.body.systemInstruction)).toContain('array');
  });

  it('goes through the prompt beside tools, and where the target has no native form', () => {
    const beside = encode({
      output,
      tools: [{ name: 'f', parameters: {} }],
      messages: [say('system', text('S')), user('x')],
    });
    const foreign = encode({ output }, targetOf({ structuredOutput: 'prompt' }));
    for (const encoded of [beside, foreign]) {
      expect(encoded.body.generationConfig).toBeUndefined();
      expect(JSON.stringify(encoded.body.systemInstruction)).toContain('JSON Schema');
      expect(encoded.losses).toEqual([{ field: 'response_format', why: expect.any(String), matters: false }]);
    }
    expect(beside.body.systemInstruction).toMatchObject({ parts: [{ text: 'S' }, {}] });
  });
});

describe('fields without a counterpart', () => {
  it('are all named, those that change the answer as such', () => {
    const encoded = encode({
      unmapped: [
        { field: 'logit_bias', matters: true },
        { field: 'store', matters: false },
      ],
      endUser: 'u',
    });
    expect(named(encoded)).toEqual(['user', 'logit_bias', 'store']);
    expect(mattering(encoded)).toEqual(['logit_bias']);
  });

  it('beyond any measure are counted', () => {
    const encoded = encode({
      unmapped: Array.from({ length: maxLosses + 5 }, (_, at) => ({ field: `x${at}`, matters: true })),
    });
    expect(encoded.losses).toHaveLength(maxLosses + 1);
    expect(encoded.losses.at(-1)).toMatchObject({ why: '5 further losses are not listed', matters: true });
  });
});

describe('the same dialect', () => {
  const original = {
    model: 'route',
    contents: [{ role: 'user', parts: [{ text: 'old' }] }],
    system_instruction: { parts: [{ text: 'old' }] },
    safetySettings: [{ category: 'x' }],
  };

  it('goes out as it came', () => {
    const { body, losses } = encode({
      dialect: 'gemini-generate',
      original,
      unmapped: [{ field: 'safetySettings', matters: true }],
    });
    expect(body).toEqual({
      contents: original.contents,
      system_instruction: original.system_instruction,
      safetySettings: original.safetySettings,
    });
    expect(losses).toEqual([]);
  });

  it('has its conversation replaced where it was edited', () => {
    const messages = [say('system', text('new')), user('q')];
    const { body } = encode({ dialect: 'gemini-generate', original, conversationEdited: true, messages });
    expect(body).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'q' }] }],
      systemInstruction: { parts: [{ text: 'new' }] },
      safetySettings: original.safetySettings,
    });
  });
});

it('an answer of this dialect survives being sent back: text, calls, signatures, blocks', () => {
  const signature = fc.option(fc.string({ minLength: 1 }), { nil: undefined });
  const args = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer({ max: 1e9, min: -1e9 }), fc.boolean()));
  const part = fc.oneof(
    fc.string({ minLength: 1 }).map((value) => ({ text: value })),
    fc
      .record({ id: fc.uuid(), name: fc.constantFrom('f', 'g'), args, signature })
      .map(({ signature: thoughtSignature, ...functionCall }) => ({
        functionCall,
        ...(thoughtSignature !== undefined && { thoughtSignature }),
      })),
    fc.string().map((code) => ({ executableCode: { code } })),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (list) => {
      const answer = JSON.parse(JSON.stringify({ candidates: [{ content: { parts: list }, finishReason: 'STOP' }] }));
      const read = { toolNames: new Map(), finishOptional: false, newId: () => 'never' };
      const first = collectAnswer(decodeAnswer(answer, read));
      const sent = encode({ messages: [say('user', text('Go')), say('assistant', ...first.parts)] }).body.contents;
      const again = collectAnswer(
        decodeAnswer(
          { candidates: [{ content: Array.isArray(sent) ? (sent[1] ?? null) : null, finishReason: 'STOP' }] },
          read,
        ),
      );
      const plain = (parts: readonly Part[]) =>
        parts.map((each) =>
          each.type === 'tool-call' && each.opaque?.value === 'skip_thought_signature_validator'
            ? { ...each, opaque: undefined }
            : each,
        );
      expect(plain(again.parts)).toEqual(plain(first.parts));
    }),
  );
});
