import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../model/json.ts';
import { isRequestError } from '../../model/request-error.ts';
import { geminiGenerateTarget } from './index.ts';
import { chatRequest, encodeContext, turn } from './test-kit.ts';

const user = (...parts: JsonObject[]) => turn('user', ...parts);
const model = (...parts: JsonObject[]) => turn('model', ...parts);
const call = (name: string, more: JsonObject = {}) => ({ functionCall: { name, args: {}, ...more } });
const result = (name: string, more: JsonObject = {}) => ({
  functionResponse: { name, response: { output: 'x' }, ...more },
});
const messages = (...contents: JsonObject[]) => chatRequest({ contents }).messages;
const partsOf = (...contents: JsonObject[]) => messages(...contents).flatMap((message) => message.parts);

/** The field that is named in the refusal. */
function refused(body: JsonObject): string | undefined {
  try {
    chatRequest(body);
  } catch (error) {
    if (isRequestError(error)) return error.field;
    throw error;
  }
  return undefined;
}

describe('turns', () => {
  it('become messages: instructions first, results of functions apart', () => {
    const body = {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        user({ text: 'Weather?' }),
        model({ text: 'Let me look.' }, call('look', { id: 'c1', args: { city: 'Oslo' } })),
        user({ functionResponse: { id: 'c1', name: 'look', response: { sky: 'blue' } } }, { text: 'And?' }),
      ],
    };
    expect(chatRequest(body).messages).toEqual([
      { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'user', parts: [{ type: 'text', text: 'Weather?' }] },
      {
        role: 'assistant',
        parts: [
          { type: 'text', text: 'Let me look.' },
          { type: 'tool-call', id: 'c1', name: 'look', arguments: '{"city":"Oslo"}' },
        ],
      },
      {
        role: 'tool',
        parts: [
          { type: 'tool-result', callId: 'c1', content: [{ type: 'text', text: '{"sky":"blue"}' }], isError: false },
        ],
      },
      { role: 'user', parts: [{ type: 'text', text: 'And?' }] },
    ]);
  });

  it('in snake case, without a role, and one alone without its brackets', () => {
    const body: JsonObject = {
      system_instruction: { parts: { text: 'Be brief.' } },
      contents: { parts: { inline_data: { mime_type: 'image/PNG', data: 'AA==' } } },
      generation_config: { max_output_tokens: 5, response_mime_type: 'application/json' },
    };
    expect(chatRequest(body)).toMatchObject({
      messages: [
        { role: 'system', parts: [{ text: 'Be brief.' }] },
        { role: 'user', parts: [{ type: 'image', source: { mediaType: 'image/png' } }] },
      ],
      maxOutputTokens: 5,
      output: { kind: 'json' },
      original: body,
      unmapped: [],
      requires: [],
    });
  });

  it('of the model that an SDK kept piece by piece are one message with one text', () => {
    const pieces = ['wor', 'd one', ' two', ''].map((text) => model({ text }));
    const thoughts = [
      model({ text: 'Hm', thought: true }),
      model({ text: 'mm', thought: true, thoughtSignature: 's' }),
    ];
    expect(messages(user({ text: 'Go' }), ...thoughts, ...pieces, user({ text: 'On' }))[1]).toEqual({
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'Hmmm', opaque: { dialect: 'gemini-generate', value: 's' } },
        { type: 'text', text: 'word one two' },
      ],
    });
  });

  it.each([
    ['no turns', {}, 'contents'],
    ['a turn of nobody', { contents: [turn('assistant', { text: 'x' })] }, 'contents[0].role'],
    ['a part that is nothing', { contents: [user({})] }, 'contents[0].parts[0]'],
    ['a text that is none', { contents: [user({ text: 5 })] }, 'contents[0].parts[0].text'],
    ['a call without a name', { contents: [model({ functionCall: {} })] }, 'contents[0].parts[0].functionCall.name'],
    [
      'arguments that are text',
      { contents: [model(call('f', { args: '{}' }))] },
      'contents[0].parts[0].functionCall.args',
    ],
    [
      'bytes without a type',
      { contents: [user({ inlineData: { data: 'AA' } })] },
      'contents[0].parts[0].inlineData.mimeType',
    ],
  ])('%s: refused by name', (_, body, field) => {
    expect(refused({ contents: [], ...body })).toBe(field);
  });
});

describe('calls and their results', () => {
  it('without ids get the same ones each time, by position; results go to the first call of their name', () => {
    const contents = [
      user({ text: 'Go' }),
      model(call('a'), call('b'), call('a')),
      user(result('b'), result('a'), result('a')),
      model(call('a')),
      user(result('a')),
    ];
    const ids = partsOf(...contents).flatMap((part) => {
      if (part.type === 'tool-call') return [`${part.name} ${part.id}`];
      return part.type === 'tool-result' ? [part.callId] : [];
    });
    expect(ids).toEqual(['a call_0', 'b call_1', 'a call_2', 'call_1', 'call_0', 'call_2', 'a call_3', 'call_3']);
    expect(partsOf(...contents)).toEqual(partsOf(...contents));
  });

  it('keep the ids that they have, and no made one is like them', () => {
    const parts = partsOf(
      user({ text: 'Go' }),
      model(call('a', { id: 'call_1' }), call('b')),
      user(result('b'), result('a', { id: 'call_1' })),
    );
    expect(parts).toMatchObject([{}, { id: 'call_1' }, { id: 'call_1_' }, { callId: 'call_1_' }, { callId: 'call_1' }]);
  });

  it('a result never goes to a call of an earlier turn that nobody answered', () => {
    const parts = partsOf(
      user({ text: 'Go' }),
      model(call('a')),
      user({ text: 'No.' }),
      model(call('a')),
      user(result('a')),
    );
    expect(parts.at(-1)).toMatchObject({ type: 'tool-result', callId: 'call_1' });
  });

  it.each([
    [{ output: 'fine' }, 'fine', false],
    [{ output: { a: 1 } }, '{"a":1}', false],
    [{ error: 'no such city' }, 'no such city', true],
    [{ error: null, sky: 'blue' }, '{"error":null,"sky":"blue"}', false],
    [{ result: 'fine' }, '{"result":"fine"}', false],
  ])('response %j reads as %j', (response, text, isError) => {
    const [, , part] = partsOf(
      user({ text: 'Go' }),
      model(call('a')),
      user({ functionResponse: { name: 'a', response } }),
    );
    expect(part).toMatchObject({ content: [{ type: 'text', text }], isError });
  });

  it('signatures stay with their part; the stand-in for one is none', () => {
    const parts = partsOf(
      user({ text: 'Go' }),
      model(
        { text: 'Look', thoughtSignature: 't' },
        { ...call('a'), thoughtSignature: 's' },
        { ...call('b'), thoughtSignature: 'skip_thought_signature_validator' },
        { text: '', thoughtSignature: 'e' },
      ),
    );
    const opaque = (value: string) => ({ dialect: 'gemini-generate', value });
    expect(parts.slice(1)).toEqual([
      { type: 'text', text: 'Look' },
      { type: 'reasoning', text: '', opaque: opaque('t') },
      { type: 'tool-call', id: 'call_0', name: 'a', arguments: '{}', opaque: opaque('s') },
      { type: 'tool-call', id: 'call_1', name: 'b', arguments: '{}' },
      { type: 'reasoning', text: '', opaque: opaque('e') },
    ]);
  });
});

describe('media', () => {
  it.each([
    [{ inlineData: { mimeType: 'audio/mp3', data: 'AA' } }, { type: 'audio', source: { kind: 'base64' } }],
    [
      { inlineData: { mimeType: 'application/pdf', data: 'AA', displayName: 'a.pdf' } },
      { type: 'file', name: 'a.pdf' },
    ],
    [{ inlineData: { mimeType: 'video/mp4', data: 'AA' } }, { type: 'foreign', kind: 'video' }],
    [{ fileData: { fileUri: 'gs://b/a.png' } }, { type: 'image', source: { kind: 'provider-file' } }],
    [
      { fileData: { fileUri: 'https://example.com/a', mimeType: 'image/png' } },
      { type: 'image', source: { kind: 'url' } },
    ],
    [
      {
        fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/x', mimeType: 'application/pdf' },
      },
      { type: 'file', source: { kind: 'provider-file', dialect: 'gemini-generate' } },
    ],
    [{ fileData: { fileUri: 'https://www.youtube.com/watch?v=1' } }, { type: 'foreign' }],
    [{ executableCode: { code: 'x' } }, { type: 'foreign', kind: 'executableCode' }],
  ])('%j', (part, read) => {
    expect(partsOf(user(part))[0]).toMatchObject(read);
  });
});

describe('functions', () => {
  it('of all tools, with schemas of both kinds; what the vendor runs itself is named', () => {
    const declared = chatRequest({
      tools: [
        {
          functionDeclarations: [
            { name: 'a', description: 'A.', parameters: { type: 'OBJECT', properties: { x: { type: 'STRING' } } } },
            { name: 'b', parametersJsonSchema: { type: 'object', $comment: 'kept' } },
          ],
        },
        { googleSearch: {} },
        { function_declarations: [{ name: 'c', response: { type: 'STRING' } }], codeExecution: {} },
      ],
    });
    expect(declared.tools).toEqual([
      { name: 'a', description: 'A.', parameters: { type: 'object', properties: { x: { type: 'string' } } } },
      { name: 'b', parameters: { type: 'object', $comment: 'kept' } },
      { name: 'c', parameters: { type: 'object', properties: {} } },
    ]);
    expect(declared.unmapped).toMatchObject([{ field: 'tools[2].functionDeclarations[0].response', matters: false }]);
    expect(declared.requires).toEqual([
      { kind: 'ability', ability: 'web-search', only: 'gemini-generate', field: 'tools[1].googleSearch' },
      { kind: 'ability', ability: 'code-execution', only: 'gemini-generate', field: 'tools[2].codeExecution' },
    ]);
  });

  it.each([
    [{ mode: 'AUTO' }, { kind: 'auto' }, []],
    [{ mode: 'none' }, { kind: 'none' }, []],
    [{ mode: 'ANY' }, { kind: 'required' }, []],
    [{ mode: 2, allowed_function_names: ['a'] }, { kind: 'named', name: 'a' }, []],
    [{ mode: 'ANY', allowedFunctionNames: ['a', 'b'] }, { kind: 'allowed', names: ['a', 'b'], required: true }, []],
    [{ mode: 'VALIDATED' }, { kind: 'auto' }, ['toolConfig.functionCallingConfig.mode']],
    [{}, undefined, []],
  ])('calling %j', (functionCallingConfig, toolChoice, unmapped) => {
    const request = chatRequest({ toolConfig: { functionCallingConfig } });
    expect(request.toolChoice).toEqual(toolChoice);
    expect(request.unmapped.map(({ field }) => field)).toEqual(unmapped);
  });

  it('a mode that is none is refused by name', () => {
    expect(refused({ toolConfig: { functionCallingConfig: { mode: 'MAYBE' } } })).toBe(
      'toolConfig.functionCallingConfig.mode',
    );
  });
});

describe('generation', () => {
  it('takes sampling, limits and counts; what has no neutral meaning is named', () => {
    const request = chatRequest({
      generationConfig: {
        temperature: 0.1,
        topP: 0.2,
        topK: 3,
        seed: 4,
        presencePenalty: 0.5,
        frequencyPenalty: 0.6,
        maxOutputTokens: 7,
        candidateCount: 2,
        stopSequences: ['x'],
        responseModalities: ['TEXT', 'IMAGE'],
        logprobs: 3,
      },
      safetySettings: [{ category: 'X', threshold: 'Y' }],
      cachedContent: 'cachedContents/1',
      labels: {},
    });
    expect(request).toMatchObject({
      sampling: { temperature: 0.1, topP: 0.2, topK: 3, seed: 4, presencePenalty: 0.5, frequencyPenalty: 0.6 },
      maxOutputTokens: 7,
      choices: 2,
      stop: ['x'],
    });
    expect(request.unmapped).toMatchObject([{ field: 'safetySettings', matters: true }]);
    expect(request.requires).toEqual([
      { kind: 'provider-state', state: 'cached-content', dialect: 'gemini-generate', field: 'cachedContent' },
      {
        kind: 'ability',
        ability: 'image-output',
        only: 'gemini-generate',
        field: 'generationConfig.responseModalities',
      },
      { kind: 'ability', ability: 'several-answers', field: 'generationConfig.candidateCount' },
    ]);
  });

  it.each([
    [{ thinkingBudget: 0 }, { effort: 'none' }],
    [{ thinkingBudget: -1 }, {}],
    [{ thinking_budget: 512 }, { budgetTokens: 512 }],
    [{ thinkingLevel: 'low' }, { effort: 'low' }],
    [{ includeThoughts: true }, { display: 'shown' }],
    [{}, undefined],
  ])('thinking %j', (thinkingConfig, reasoning) => {
    expect(chatRequest({ generationConfig: { thinkingConfig } }).reasoning).toEqual(reasoning);
  });

  it.each([
    [{ temperature: 3 }, 'generationConfig.temperature'],
    [{ maxOutputTokens: '7' }, 'generationConfig.maxOutputTokens'],
    [{ candidateCount: 9 }, 'generationConfig.candidateCount'],
    [{ thinkingConfig: { thinkingLevel: 'SO_SO' } }, 'generationConfig.thinkingConfig.thinkingLevel'],
    [{ responseSchema: { type: 'TUPLE' } }, 'generationConfig.responseSchema.type'],
  ])('%j is refused by name', (generationConfig, field) => {
    expect(refused({ generationConfig })).toBe(field);
  });

  it('a schema, of this API or JSON Schema; an enumeration of bare words is a text', () => {
    const output = (generationConfig: JsonObject) => chatRequest({ generationConfig }).output;
    const json = 'application/json';
    expect(output({ responseMimeType: json, responseSchema: { type: 'ARRAY', items: { type: 'STRING' } } })).toEqual({
      kind: 'json-schema',
      name: 'answer',
      schema: { type: 'array', items: { type: 'string' } },
      strict: true,
    });
    expect(output({ responseMimeType: json, responseJsonSchema: { type: 'object', properties: {} } })).toMatchObject({
      kind: 'json-schema',
      strict: false,
    });
    expect(output({ responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING', enum: ['a'] } })).toEqual({
      kind: 'text',
    });
  });
});

describe('any JSON', () => {
  const names = [
    'contents',
    'parts',
    'role',
    'text',
    'thought',
    'thoughtSignature',
    'functionCall',
    'function_response',
    'name',
    'args',
    'response',
    'inlineData',
    'mimeType',
    'data',
    'systemInstruction',
    'generationConfig',
    'responseSchema',
    'properties',
    'type',
    'tools',
    'functionDeclarations',
    'toolConfig',
  ];
  const { body } = fc.letrec<{ body: unknown }>((tie) => ({
    body: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom('user', 'model', 'STRING', 'x', '', 0, true, null),
      fc.array(tie('body'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('body'), { maxKeys: 4 }),
    ),
  }));

  it('is read or refused by the name of a field, and what is read can be written again', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(body, { maxLength: 3 }), body, body, (parts, systemInstruction, config) => {
        const given = { contents: [{ parts }], systemInstruction, generationConfig: config, tools: config };
        const wanted: JsonObject = JSON.parse(JSON.stringify(given));
        const field = refused(wanted);
        if (field !== undefined) {
          expect(field).toMatch(/^(contents|systemInstruction|generationConfig|tools)/);
          return;
        }
        read += 1;
        const edited = { ...chatRequest(wanted), conversationEdited: true };
        expect(geminiGenerateTarget.encodeRequest(edited, encodeContext).body.contents).toBeDefined();
      }),
      { numRuns: 500 },
    );
    expect(read).toBeGreaterThan(5);
  });
});

describe('the same dialect', () => {
  it('gives what the caller wrote, without what stands in the address', () => {
    const contents = [user({ text: 'Hi', unheard: 1 })];
    const request = chatRequest({ contents, stream: true, unheard: { of: [] } });
    expect(request.stream).toBe(true);
    const { body, path, losses } = geminiGenerateTarget.encodeRequest(request, encodeContext);
    expect(body).toEqual({ contents, unheard: { of: [] } });
    expect(path).toBe('/models/model-x:streamGenerateContent?alt=sse');
    expect(losses).toEqual([]);
  });

  it('keeps untouched parts as they came when a prompt is put before them', () => {
    const signed = { text: 'Look', thoughtSignature: 't' };
    const clip = { fileData: { fileUri: 'gs://b/a.mp4' }, videoMetadata: { startOffset: '2s' } };
    const request = chatRequest({
      contents: [user(clip, { text: 'Go' }), model(signed, call('a')), user(result('a'))],
    });
    const prompt = { role: 'system' as const, parts: [{ type: 'text' as const, text: 'Be brief.' }] };
    const edited = { ...request, conversationEdited: true, messages: [prompt, ...request.messages] };
    const { body } = geminiGenerateTarget.encodeRequest(edited, encodeContext);
    expect(body.systemInstruction).toEqual({ parts: [{ text: 'Be brief.' }] });
    expect(body.contents).toEqual(request.original.contents);
  });
});
