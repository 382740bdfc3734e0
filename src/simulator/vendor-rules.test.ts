import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../model/json.ts';
import type { Ask, SimulatedDialect } from './ask.ts';
import { isRefused } from './dialect-kit.ts';
import { kitOf } from './exchange.ts';
import { parseModelName } from './model-name.ts';

interface More {
  readonly model?: string;
  readonly headers?: Record<string, string | undefined>;
}

function read(dialect: SimulatedDialect, body: JsonObject, { model = 'steady-1', headers = {} }: More = {}): Ask {
  return kitOf(dialect).read({
    model,
    personality: parseModelName(model).personality,
    streamPath: false,
    asEvents: true,
    headers: { 'anthropic-version': '2023-06-01', ...headers },
    body,
    bodyBytes: 400,
  });
}

function complaint(dialect: SimulatedDialect, body: JsonObject, more?: More): string {
  try {
    read(dialect, body, more);
  } catch (error) {
    if (isRefused(error) && error.trouble.kind === 'invalid')
      return `${error.trouble.message} @${error.trouble.param ?? ''}`;
    throw error;
  }
  return 'accepted';
}

const user = (content: JsonObject[] | string) => ({ role: 'user', content });
const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties, ...more });

describe('openai-chat', () => {
  const base = (more: JsonObject): JsonObject => ({ model: 'steady-1', messages: [user('Hi')], ...more });
  const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
  const tool = (fn: JsonObject) => ({ tools: [{ type: 'function', function: fn }] });
  const strict = (schema: JsonObject) => ({
    response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } },
  });

  test.each<[string, JsonObject, RegExp]>([
    ['no messages', base({ messages: [] }), /empty array.*@messages/],
    ['an unknown field', base({ max_output_tokens: 5 }), /Unknown parameter: 'max_output_tokens'/],
    ['an unknown role', base({ messages: [{ role: 'model', content: 'x' }] }), /'model'\. Supported values/],
    ['null content of a user', base({ messages: [{ role: 'user', content: null }] }), /expected a string, got null/],
    [
      'a foreign part',
      base({ messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'x' }] }] }),
      /'thinking'/,
    ],
    [
      'an image of the assistant',
      base({ messages: [{ role: 'assistant', content: [{ type: 'image_url' }] }] }),
      /image_url/,
    ],
    [
      'a result without a call',
      base({ messages: [user('a'), { role: 'tool', tool_call_id: 'c', content: 'x' }] }),
      /must be a response/,
    ],
    [
      'a result of another call',
      base({
        messages: [
          user('a'),
          { role: 'assistant', tool_calls: [call('c1')] },
          { role: 'tool', tool_call_id: 'c2', content: 'x' },
        ],
      }),
      /'c2' not found/,
    ],
    [
      'a call without its result',
      base({
        messages: [
          user('a'),
          { role: 'assistant', tool_calls: [call('c1'), call('c2')] },
          { role: 'tool', tool_call_id: 'c1', content: 'x' },
          user('b'),
        ],
      }),
      /did not have response messages: c2/,
    ],
    [
      'a call at the end',
      base({ messages: [user('a'), { role: 'assistant', tool_calls: [call('c1')] }] }),
      /response messages: c1/,
    ],
    [
      'a call id of 41 characters',
      base({ messages: [{ role: 'assistant', tool_calls: [call('c'.repeat(41))] }] }),
      /maximum length 40.*length 41/,
    ],
    [
      'arguments as an object',
      base({
        messages: [{ role: 'assistant', tool_calls: [{ ...call('c'), function: { name: 'f', arguments: {} } }] }],
      }),
      /expected a string/,
    ],
    ['a dot in a tool name', base(tool({ name: 'a.b' })), /does not match pattern.*@tools\[0\]\.function\.name/],
    ['a tool name of 65 characters', base(tool({ name: 'a'.repeat(65) })), /maximum length 64/],
    [
      'tool parameters that are no object',
      base(tool({ name: 'a', parameters: { type: 'string' } })),
      /must be a JSON Schema of 'type: "object"'/,
    ],
    [
      'strict parameters left open',
      base(tool({ name: 'a', strict: true, parameters: object({}) })),
      /'additionalProperties' is required/,
    ],
    ['tool_choice without tools', base({ tool_choice: 'auto' }), /only allowed when 'tools'/],
    [
      'tool_choice of another tool',
      base({ ...tool({ name: 'a' }), tool_choice: { type: 'function', function: { name: 'b' } } }),
      /'b' not found/,
    ],
    [
      'a strict schema with an optional property',
      base(strict(object({ b: { type: 'string' } }, { additionalProperties: false }))),
      /Missing 'b'/,
    ],
    [
      'an open object deep in a strict schema',
      base(strict(object({ b: object({}) }, { required: ['b'], additionalProperties: false }))),
      /context=\('properties', 'b'\), 'additionalProperties'/,
    ],
    [
      'a schema without a name',
      base({ response_format: { type: 'json_schema', json_schema: { schema: object({}) } } }),
      /json_schema\.name/,
    ],
    ['JSON mode without the word', base({ response_format: { type: 'json_object' } }), /must contain the word 'json'/],
    [
      'stream_options without a stream',
      base({ stream_options: { include_usage: true } }),
      /only allowed when 'stream'/,
    ],
    ['a temperature above 2', base({ temperature: 2.1 }), /<= 2, but got 2\.1/],
    ['five stop sequences', base({ stop: ['a', 'b', 'c', 'd', 'e'] }), /maximum length 4/],
    ['both limits', base({ max_tokens: 1, max_completion_tokens: 1 }), /at the same time/],
  ])('%s is refused', (_, body, words) => {
    expect(complaint('openai-chat', body)).toMatch(words);
  });

  test('what the vendor accepts is accepted', () => {
    const messages: JsonObject[] = [
      { role: 'developer', content: 'Be kind' },
      user([
        { type: 'text', text: 'a' },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      ]),
      { role: 'assistant', content: null, tool_calls: [call('c1'), call('c2')] },
      { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: 'two' }] },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
    ];
    expect(read('openai-chat', base({ messages })).toolResults).toEqual([
      { name: 'f', text: 'two' },
      { name: 'f', text: 'one' },
    ]);
    const continued = base({ messages: [user('a'), { role: 'assistant', content: 'He', prefix: true }] });
    expect(read('openai-chat', continued).prefill).toBe('He');
    expect(complaint('openai-chat', continued, { model: 'terse-1' })).toMatch(/prefix/);
  });
});

describe('anthropic-messages', () => {
  const base = (more: JsonObject): JsonObject => ({
    model: 'steady-1',
    max_tokens: 4000,
    messages: [user('Hi')],
    ...more,
  });
  const use = (id: string, input: JsonObject | string = {}) => ({ type: 'tool_use', id, name: 'f', input });
  const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'x' });
  const assistant = (...content: JsonObject[]) => ({ role: 'assistant', content });
  const tool = (schema: JsonObject, name = 'f') => ({ tools: [{ name, input_schema: schema }] });
  const output = (schema: JsonObject) => ({ output_config: { format: { type: 'json_schema', schema } } });

  test.each<[string, JsonObject, RegExp]>([
    ['no max_tokens', { model: 'm', messages: [user('Hi')] }, /^max_tokens: Field required/],
    ['no messages', base({ messages: [] }), /at least one message/],
    ['a system message', base({ messages: [{ role: 'system', content: 'x' }] }), /top-level `system` parameter/],
    ['an unknown field', base({ max_completion_tokens: 5 }), /^max_completion_tokens: Extra inputs/],
    [
      'a field of another dialect in a message',
      base({ messages: [{ role: 'user', content: 'a', name: 'b' }] }),
      /messages\.0\.name: Extra inputs/,
    ],
    ['a beta field without its header', base({ container: 'x' }), /^container: Extra inputs/],
    ['an empty text block', base({ messages: [user([{ type: 'text', text: '' }])] }), /must be non-empty/],
    ['a blank text block', base({ messages: [user([{ type: 'text', text: ' \n' }])] }), /non-whitespace text/],
    [
      'one id for two calls',
      base({ messages: [1, 2].flatMap(() => [user('x'), assistant(use('t1')), user([result('t1')])]) }),
      /ids must be unique/,
    ],
    ['an empty message', base({ messages: [user('')] }), /non-empty content/],
    [
      'a part of another dialect',
      base({ messages: [user([{ type: 'image_url' }])] }),
      /'image_url' found using 'type'/,
    ],
    [
      'an id with a colon',
      base({ messages: [user('a'), assistant(use('a:b')), user([result('a:b')])] }),
      /tool_use\.id: String should match pattern/,
    ],
    [
      'input as text',
      base({ messages: [user('a'), assistant(use('t1', '{}')), user([result('t1')])] }),
      /input: Input should be a valid dictionary/,
    ],
    ['a result without a call', base({ messages: [user([result('t1')])] }), /unexpected `tool_use_id`.*t1/],
    [
      'a call without its result',
      base({ messages: [user('a'), assistant(use('t1'), use('t2')), user([result('t1')])] }),
      /immediately after: t2/,
    ],
    [
      'text before a result',
      base({ messages: [user('a'), assistant(use('t1')), user([{ type: 'text', text: 'x' }, result('t1')])] }),
      /immediately after: t1/,
    ],
    [
      'a result given twice',
      base({ messages: [user('a'), assistant(use('t1')), user([result('t1'), result('t1')])] }),
      /single result/,
    ],
    ['a call at the end', base({ messages: [user('a'), assistant(use('t1'))] }), /immediately after: t1/],
    ['a tool without a schema type', base(tool({})), /tools\.0\.custom\.input_schema\.type: Field required/],
    ['a tool schema of another type', base(tool({ type: 'string' })), /Input should be 'object'/],
    ['a tool name with a dot', base(tool(object({}), 'a.b')), /custom\.name: String should match/],
    [
      'two tools of one name',
      base({
        tools: [
          { name: 'f', input_schema: object({}) },
          { name: 'f', input_schema: object({}) },
        ],
      }),
      /must be unique/,
    ],
    ['tool_choice without tools', base({ tool_choice: { type: 'any' } }), /only be specified while providing tools/],
    [
      'tool_choice of another tool',
      base({ ...tool(object({})), tool_choice: { type: 'tool', name: 'g' } }),
      /Tool 'g' not found/,
    ],
    ['tool_choice in another dialect’s form', base({ ...tool(object({})), tool_choice: 'auto' }), /valid dictionary/],
    ['a temperature above 1', base({ temperature: 1.5 }), /range: 0\.\.1/],
    [
      'thinking above max_tokens',
      base({ thinking: { type: 'enabled', budget_tokens: 4000 } }),
      /must be greater than `thinking/,
    ],
    [
      'too little thinking',
      base({ thinking: { type: 'enabled', budget_tokens: 100 } }),
      /greater than or equal to 1024/,
    ],
    [
      'thinking with a temperature',
      base({ temperature: 0, thinking: { type: 'enabled', budget_tokens: 2000 } }),
      /only be set to 1/,
    ],
    [
      'thinking with a forced tool',
      base({ ...tool(object({})), tool_choice: { type: 'any' }, thinking: { type: 'adaptive' } }),
      /may not be enabled/,
    ],
    ['an open output schema', base(output(object({}))), /'additionalProperties' must be explicitly set to false/],
    ['a minimum in an output schema', base(output({ type: 'integer', minimum: 1 })), /'minimum' is not supported/],
    [
      'a prefill that ends in a space',
      base({ messages: [user('a'), assistant({ type: 'text', text: 'He ' })] }),
      /trailing whitespace/,
    ],
    [
      'a prefill while thinking',
      base({ thinking: { type: 'adaptive' }, messages: [user('a'), { role: 'assistant', content: 'He' }] }),
      /does not support assistant message prefill/,
    ],
  ])('%s is refused', (_, body, words) => {
    expect(complaint('anthropic-messages', body)).toMatch(words);
  });

  test('versions and betas come by header', () => {
    expect(complaint('anthropic-messages', base({}), { headers: { 'anthropic-version': undefined } })).toMatch(
      /header is required/,
    );
    expect(complaint('anthropic-messages', base({}), { headers: { 'anthropic-version': '2020-01-01' } })).toMatch(
      /not a valid version/,
    );
    const sampled = base({ temperature: 0.5, top_k: 3 });
    expect(complaint('anthropic-messages', sampled)).toBe('accepted');
    expect(complaint('anthropic-messages', sampled, { headers: { 'anthropic-version': '2026-10-21' } })).toMatch(
      /^temperature/,
    );
    expect(complaint('anthropic-messages', base({ container: 'x' }), { headers: { 'anthropic-beta': 'b' } })).toBe(
      'accepted',
    );
  });

  test('neighbouring turns of one role count as one, and results may be spread over them', () => {
    const messages = [
      user('a'),
      assistant(use('t1')),
      assistant(use('t2')),
      user([result('t1')]),
      user([result('t2'), { type: 'text', text: 'and?' }]),
    ];
    expect(complaint('anthropic-messages', base({ messages }))).toBe('accepted');
  });

  test('tools that the vendor runs itself are accepted and never called', () => {
    const ask = read('anthropic-messages', base({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }));
    expect(ask.tools).toEqual([]);
  });
});

describe('gemini-generate', () => {
  const say = (role: string, ...parts: JsonObject[]) => ({ role, parts });
  const hello = say('user', { text: 'Hi' });
  const base = (more: JsonObject): JsonObject => ({ contents: [hello], ...more });
  const call = (name: string, more: JsonObject = {}) => ({ functionCall: { name, args: {} }, ...more });
  const response = (name: string) => ({ functionResponse: { name, response: { output: 'x' } } });
  const tool = (parameters: JsonObject, name = 'f') => ({ tools: [{ functionDeclarations: [{ name, parameters }] }] });
  const config = (generationConfig: JsonObject) => base({ generationConfig });

  test.each<[string, JsonObject, RegExp]>([
    ['no contents', {}, /contents is not specified/],
    ['another role', base({ contents: [say('assistant', { text: 'x' })] }), /valid role: user, model/],
    [
      'no parts',
      base({ contents: [{ role: 'user', parts: [] }] }),
      /contents\[0\]\.parts: contents\.parts must not be empty/,
    ],
    ['an unknown field', base({ messages: [] }), /Unknown name "messages": Cannot find field/],
    [
      'an unknown field of a part',
      base({ contents: [say('user', { type: 'text', text: 'x' })] }),
      /"type" at 'contents\[0\]\.parts\[0\]'/,
    ],
    ['an unknown setting', config({ maxTokens: 5 }), /"maxTokens" at 'generation_config'/],
    [
      'additionalProperties',
      base(tool(object({ a: { type: 'string' } }, { additionalProperties: false }))),
      /"additionalProperties" at 'tools\[0\]\.function_declarations\[0\]\.parameters'/,
    ],
    ['$schema', base(tool(object({}, { $schema: 'x' }))), /"\$schema"/],
    [
      'const deep in a schema',
      base(tool(object({ a: { type: 'string', const: 'x' } }))),
      /"const" at '.*properties\[0\]\.value'/,
    ],
    ['oneOf', base(tool(object({ a: { oneOf: [] } }))), /"oneOf"/],
    ['a list of types', base(tool(object({ a: { type: ['string', 'null'] } }))), /Proto field is not repeating/],
    ['an array without items', base(tool(object({ a: { type: 'array' } }))), /properties\[a\]\.items: missing field/],
    ['a foreign format', base(tool(object({ a: { type: 'string', format: 'email' } }))), /only 'enum' and 'date-time'/],
    ['an enum of numbers', base(tool(object({ a: { type: 'integer', enum: [1] } }))), /enum\[0\]' \(TYPE_STRING\), 1/],
    [
      'a required property that is not there',
      base(tool(object({ a: { type: 'string' } }, { required: ['b'] }))),
      /required\[0\]: property is not defined/,
    ],
    ['a function name with a space', base(tool(object({}), 'a b')), /Invalid function name/],
    ['args as text', base({ contents: [hello, say('model', { functionCall: { name: 'f', args: '{}' } })] }), /Struct/],
    [
      'a response as text',
      base({
        contents: [hello, say('model', call('f')), say('user', { functionResponse: { name: 'f', response: 'x' } })],
      }),
      /Struct/,
    ],
    [
      'a call that opens the conversation',
      base({ contents: [say('model', call('f'))] }),
      /function call turn comes immediately after a user turn/,
    ],
    [
      'a response without a call',
      base({ contents: [say('user', response('f'))] }),
      /response turn comes immediately after a function call/,
    ],
    [
      'fewer responses than calls',
      base({
        contents: [hello, say('model', call('f'), call('g')), say('user', response('f')), say('user', response('g'))],
      }),
      /number of function response parts/,
    ],
    [
      'a response of another name',
      base({ contents: [hello, say('model', call('f')), say('user', response('g'))] }),
      /response name/,
    ],
    [
      'a signature that is no base64',
      base({ contents: [hello, say('model', { text: 'x', thoughtSignature: 'ü' })] }),
      /Base64/,
    ],
    [
      'two kinds of data in a part',
      base({ contents: [say('user', { text: 'x', inlineData: {} })] }),
      /oneof field 'data' is already set/,
    ],
    [
      'tools together with JSON',
      { ...config({ responseMimeType: 'application/json' }), ...tool(object({})) },
      /unsupported/,
    ],
    ['a schema without its type', config({ responseSchema: { type: 'STRING' } }), /response_mime_type/],
    ['a temperature above 2', config({ temperature: 3 }), /temperature value of 3/],
    ['six stop sequences', config({ stopSequences: ['1', '2', '3', '4', '5', '6'] }), /at most 5/],
    [
      'allowed names without ANY',
      { ...base(tool(object({}))), toolConfig: { functionCallingConfig: { allowedFunctionNames: ['f'] } } },
      /allowed_function_names/,
    ],
  ])('%s is refused', (_, body, words) => {
    expect(complaint('gemini-generate', body)).toMatch(words);
  });

  test('both spellings, one element for a list, numbers for enums, JSON Schema in its own field', () => {
    const body: JsonObject = {
      contents: { role: 'user', parts: { text: 'Hi' } },
      system_instruction: { parts: { text: 'Be kind' } },
      generation_config: { max_output_tokens: 7 },
      tools: [
        {
          function_declarations: [
            { name: 'f', parameters: { type: 6, properties: { a: { type: 1 } } } },
            { name: 'g', parametersJsonSchema: object({}, { additionalProperties: false }) },
          ],
        },
      ],
    };
    expect(read('gemini-generate', body)).toMatchObject({
      system: 'Be kind',
      maxTokens: 7,
      userText: 'Hi',
    });
  });

  test('a signed model takes the signature, or a waiver, and asks for none of turns that are over', () => {
    const turn = (more: JsonObject) =>
      base({ contents: [hello, say('model', call('f', more)), say('user', response('f'))] });
    const signed = { model: 'signed-1' };
    expect(complaint('gemini-generate', turn({}), signed)).toMatch(
      /missing a thought_signature.*default_api:f.*position 2/,
    );
    expect(complaint('gemini-generate', turn({ thoughtSignature: 'c2ln' }), signed)).toBe('accepted');
    expect(complaint('gemini-generate', turn({ thoughtSignature: 'skip_thought_signature_validator' }), signed)).toBe(
      'accepted',
    );
    const over = base({
      contents: [hello, say('model', call('f')), say('user', response('f')), say('model', { text: 'x' }), hello],
    });
    expect(complaint('gemini-generate', over, signed)).toBe('accepted');
    expect(complaint('gemini-generate', turn({}))).toBe('accepted');
  });
});
