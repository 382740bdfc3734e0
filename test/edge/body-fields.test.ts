import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { body, refuses, type Surface, stillServes } from './edge-kit.ts';

let house: House;
beforeAll(async () => {
  house = await startHouse({ server: { limits: { messages: 50, tools: 10 } } });
});
afterAll(() => house.close());
afterEach(() => stillServes(house));

/** Fields over a good body, and the field that the error has to name. */
type Row = readonly [field: string, over: Record<string, unknown>];

const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });
const openaiTool = (over: Record<string, unknown>) => ({ tools: [{ type: 'function', function: over }] });
const anthropicTool = (over: Record<string, unknown>) => ({ tools: [over] });
const result = (over: Record<string, unknown>) => user([{ type: 'tool_result', tool_use_id: 't', ...over }]);
const times = (count: number, item: unknown) => Array.from({ length: count }, () => item);

const EVERYWHERE: readonly Row[] = [
  ['model', { model: undefined }],
  ['model', { model: null }],
  ['model', { model: 7 }],
  ['model', { model: ['reply'] }],
  ['model', { model: {} }],
  ['messages', { messages: undefined }],
  ['messages', { messages: null }],
  ['messages', { messages: 'Hi.' }],
  ['messages', { messages: {} }],
  ['messages', { messages: [] }],
  ['messages', { messages: times(51, { role: 'user', content: 'Hi.' }) }],
  ['messages[0]', { messages: ['Hi.'] }],
  ['messages[0]', { messages: [null] }],
  ['messages[0]', { messages: [[]] }],
  ['messages[1]', { messages: [{ role: 'user', content: 'Hi.' }, 5] }],
  ['messages[0].role', { messages: [{ content: 'Hi.' }] }],
  ['messages[0].role', { messages: [{ role: 5, content: 'Hi.' }] }],
  ['messages[0].role', { messages: [{ role: 'oracle', content: 'Hi.' }] }],
  ['messages[0].role', { messages: [{ role: 'x'.repeat(100_000), content: 'Hi.' }] }],
  ['messages[0].content', { messages: [{ role: 'user' }] }],
  ['messages[0].content', user(null)],
  ['messages[0].content', user(5)],
  ['messages[0].content', user({ type: 'text', text: 'Hi.' })],
  ['messages[0].content[0]', user(['Hi.'])],
  ['messages[0].content[0].type', user([{ text: 'Hi.' }])],
  ['messages[0].content[0].type', user([{ type: 5 }])],
  ['messages[0].content[0].text', user([{ type: 'text' }])],
  ['messages[0].content[0].text', user([{ type: 'text', text: 5 }])],
  ['tools', { tools: {} }],
  ['tools', { tools: 'all' }],
  ['tools[0]', { tools: ['all'] }],
  ['stream', { stream: 'yes' }],
  ['stream', { stream: 1 }],
  ['temperature', { temperature: 'hot' }],
  ['temperature', { temperature: -0.1 }],
  ['top_p', { top_p: '1' }],
  ['top_p', { top_p: 1.1 }],
  ['top_k', { top_k: 1.5 }],
  ['max_tokens', { max_tokens: '64' }],
  ['max_tokens', { max_tokens: 1.5 }],
  ['max_tokens', { max_tokens: -1 }],
  ['max_tokens', { max_tokens: 1e300 }],
];

const OPENAI: readonly Row[] = [
  ['model', { model: ' ' }],
  ['tools', openaiTools(11)],
  ['tools[0].type', { tools: [{ type: 5 }] }],
  ['tools[0].function', { tools: [{ type: 'function' }] }],
  ['tools[0].function', { tools: [{ type: 'function', function: 'f' }] }],
  ['tools[0].function.name', openaiTool({})],
  ['tools[0].function.name', openaiTool({ name: 5 })],
  ['tools[0].function.name', openaiTool({ name: '' })],
  ['tools[0].function.description', openaiTool({ name: 'f', description: 5 })],
  ['tools[0].function.parameters', openaiTool({ name: 'f', parameters: 'none' })],
  ['tools[0].function.parameters', openaiTool({ name: 'f', parameters: [] })],
  ['tools[0].function.strict', openaiTool({ name: 'f', strict: 'yes' })],
  ['functions', { functions: {} }],
  ['functions[0]', { functions: ['f'] }],
  ['functions[0].name', { functions: [{}] }],
  ['function_call', { function_call: 'maybe' }],
  ['function_call.name', { function_call: {} }],
  ['function_call', { function_call: { name: 'f' } }],
  ['function_call', { functions: [{ name: 'g' }], function_call: { name: 'f' } }],
  ['tool_choice', { tool_choice: 'required' }],
  ['tool_choice', { tool_choice: { type: 'function', function: { name: 'f' } } }],
  ['tool_choice', { ...openaiTool({ name: 'g' }), tool_choice: { type: 'function', function: { name: 'f' } } }],
  ['tool_choice', { tool_choice: 'maybe' }],
  ['tool_choice', { tool_choice: 5 }],
  ['tool_choice.function', { tool_choice: { type: 'function' } }],
  ['tool_choice.function.name', { tool_choice: { type: 'function', function: {} } }],
  ['parallel_tool_calls', { parallel_tool_calls: 'no' }],
  ['response_format', { response_format: 'json' }],
  ['response_format.type', { response_format: {} }],
  ['response_format.type', { response_format: { type: 5 } }],
  ['response_format.json_schema', { response_format: { type: 'json_schema' } }],
  ['response_format.json_schema.schema', { response_format: { type: 'json_schema', json_schema: { name: 'a' } } }],
  [
    'response_format.json_schema.name',
    { response_format: { type: 'json_schema', json_schema: { name: 5, schema: {} } } },
  ],
  [
    'response_format.json_schema.strict',
    { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: {}, strict: 1 } } },
  ],
  ['reasoning_effort', { reasoning_effort: 5 }],
  ['frequency_penalty', { frequency_penalty: 3 }],
  ['frequency_penalty', { frequency_penalty: '0' }],
  ['presence_penalty', { presence_penalty: -3 }],
  ['seed', { seed: 'x' }],
  ['seed', { seed: 1.5 }],
  ['max_tokens', { max_tokens: 0 }],
  ['max_completion_tokens', { max_completion_tokens: 0 }],
  ['max_completion_tokens', { max_completion_tokens: {} }],
  ['stop', { stop: 5 }],
  ['stop', { stop: {} }],
  ['stop[1]', { stop: ['a', 5] }],
  ['stream_options', { stream: true, stream_options: true }],
  ['stream_options.include_usage', { stream: true, stream_options: { include_usage: 'yes' } }],
  ['n', { n: 0 }],
  ['n', { n: 129 }],
  ['n', { n: 1.5 }],
  ['n', { n: '1' }],
  ['user', { user: 5 }],
  ['messages[0].content[0].image_url', user([{ type: 'image_url' }])],
  ['messages[0].content[0].image_url.url', user([{ type: 'image_url', image_url: {} }])],
  ['messages[0].content[0].image_url.url', user([{ type: 'image_url', image_url: { url: 'data:image/png,x' } }])],
  ['messages[0].content[0].input_audio', user([{ type: 'input_audio' }])],
  ['messages[0].content[0].input_audio.data', user([{ type: 'input_audio', input_audio: { format: 'wav' } }])],
  ['messages[0].content[0].file', user([{ type: 'file' }])],
  ['messages[0].content[0].file', user([{ type: 'file', file: {} }])],
  ['messages[0].tool_call_id', { messages: [{ role: 'tool', content: '4' }] }],
  ['messages[0].tool_calls', { messages: [{ role: 'assistant', tool_calls: 'f' }] }],
  ['messages[0].tool_calls[0]', { messages: [{ role: 'assistant', tool_calls: ['f'] }] }],
  ['messages[0].tool_calls[0].function', { messages: [{ role: 'assistant', tool_calls: [{ id: 'c' }] }] }],
  ['messages[0].tool_calls[0].id', { messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f' } }] }] }],
  [
    'messages[0].tool_calls[0].function.arguments',
    { messages: [{ role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'f', arguments: {} } }] }] },
  ],
];

function openaiTools(count: number): Record<string, unknown> {
  return { tools: Array.from({ length: count }, (_, at) => ({ type: 'function', function: { name: `f${at}` } })) };
}

function anthropicTools(count: number): Record<string, unknown> {
  return { tools: Array.from({ length: count }, (_, at) => ({ name: `f${at}`, input_schema: { type: 'object' } })) };
}

const ANTHROPIC: readonly Row[] = [
  ['max_tokens', { max_tokens: undefined }],
  ['max_tokens', { max_tokens: null }],
  ['system', { system: 5 }],
  ['system', { system: { type: 'text', text: 'Be brief.' } }],
  ['system[0]', { system: ['Be brief.'] }],
  ['system[0].text', { system: [{ type: 'text' }] }],
  ['temperature', { temperature: 2.1 }],
  ['stop_sequences', { stop_sequences: 'END' }],
  ['stop_sequences[0]', { stop_sequences: [5] }],
  ['tools', anthropicTools(11)],
  ['tools[0].name', anthropicTool({ input_schema: {} })],
  ['tools[0].name', anthropicTool({ name: 5, input_schema: {} })],
  ['tools[0].input_schema', anthropicTool({ name: 'f' })],
  ['tools[0].input_schema', anthropicTool({ name: 'f', input_schema: 'none' })],
  ['tools[0].description', anthropicTool({ name: 'f', input_schema: {}, description: 5 })],
  ['tools[0].type', anthropicTool({ name: 'f', input_schema: {}, type: 5 })],
  ['tool_choice', { tool_choice: 'auto' }],
  ['tool_choice.type', { tool_choice: {} }],
  ['tool_choice.type', { tool_choice: { type: 'maybe' } }],
  ['tool_choice.name', { tool_choice: { type: 'tool' } }],
  ['tool_choice', { tool_choice: { type: 'any' } }],
  ['tool_choice', { tool_choice: { type: 'tool', name: 'f' } }],
  ['tool_choice', { ...anthropicTool({ name: 'g', input_schema: {} }), tool_choice: { type: 'tool', name: 'f' } }],
  ['tool_choice.disable_parallel_tool_use', { tool_choice: { type: 'auto', disable_parallel_tool_use: 'no' } }],
  ['thinking', { thinking: 'hard' }],
  ['thinking.type', { thinking: {} }],
  ['thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: 'many' } }],
  ['thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: 0 } }],
  ['output_config', { output_config: 'json' }],
  ['output_config.effort', { output_config: { effort: 5 } }],
  ['output_config.format', { output_config: { format: 'json' } }],
  ['output_config.format.type', { output_config: { format: {} } }],
  ['output_config.format.type', { output_config: { format: { type: 'xml' } } }],
  ['output_config.format.schema', { output_config: { format: { type: 'json_schema' } } }],
  ['metadata', { metadata: 'me' }],
  ['metadata.user_id', { metadata: { user_id: 5 } }],
  ['messages[0].content[0].source', user([{ type: 'image' }])],
  ['messages[0].content[0].source.type', user([{ type: 'image', source: {} }])],
  ['messages[0].content[0].source.type', user([{ type: 'image', source: { type: 'fax' } }])],
  [
    'messages[0].content[0].source.data',
    user([{ type: 'image', source: { type: 'base64', media_type: 'image/png' } }]),
  ],
  ['messages[0].content[0].tool_use_id', user([{ type: 'tool_result' }])],
  ['messages[0].content[0].content', result({ content: 5 })],
  ['messages[0].content[0].is_error', result({ content: 'no', is_error: 'yes' })],
  ['messages[0].content[0].id', { messages: [{ role: 'assistant', content: [{ type: 'tool_use', name: 'f' }] }] }],
  ['messages[0].content[0].name', { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'c' }] }] }],
  ['messages[0].content[0].thinking', { messages: [{ role: 'assistant', content: [{ type: 'thinking' }] }] }],
];

function tellAll(surface: Surface, rows: readonly Row[]): void {
  test.each(rows.map(([field, over]) => ({ field, over, shown: JSON.stringify(over)?.slice(0, 90) })))(
    '$field is named for $shown',
    async ({ field, over }) => {
      const error = await refuses(
        house,
        surface,
        { body: body(surface, over) },
        { status: 400, field, code: 'invalid_request' },
      );
      expect(error.type).toBe('invalid_request_error');
      // A person reads the message alone: it has to say which field as well.
      expect(error.message).toContain(field);
    },
  );
}

describe('chat completions', () => tellAll('openai-chat', [...EVERYWHERE, ...OPENAI]));
describe('messages', () => tellAll('anthropic-messages', [...EVERYWHERE, ...ANTHROPIC]));

describe.each(['openai-chat', 'anthropic-messages'] as const)('a model nobody knows (%s)', (surface) => {
  test.each([
    '',
    'no-such-route',
    'nobody/steady-1',
    'alpha/',
    '/steady-1',
    'constructor',
    '__proto__',
    'reply ',
    'REPLY',
    'alpha/\u0000',
    'alpha/steady\r\nx-evil: 1',
    'alpha/\ud800',
    'gamma/é',
    'x'.repeat(100_000),
  ])('%j is a 404 that names the model', async (model) => {
    const wanted = surface === 'openai-chat' && model === '' ? 400 : 404;
    const error = await refuses(house, surface, { body: body(surface, { model }) }, { status: wanted, field: 'model' });
    if (wanted === 404) expect(error).toMatchObject({ code: 'unknown_model', type: 'not_found_error' });
  });
});
