import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { checkTypes, type VendorType } from './sdk-types.ts';

const user = (...content: JsonObject[]) => [{ role: 'user', content }];
const turn = (...parts: JsonObject[]) => [{ role: 'user', parts }];
const odd = { type: 'text', text: 'x', bogus: 1 };

const CASES: readonly (readonly [VendorType, JsonObject, readonly string[]])[] = [
  ['openai-chat', { model: 'm', messages: user(odd) }, ['messages[0].content[0].bogus']],
  ['openai-chat', { model: 'm', messages: user({ type: 'text', text: 'x' }), n: 2 }, []],
  ['openai-responses', { model: 'm', input: 'x', tools: [{ type: 'function', name: 'f' }] }, ['tools[0]']],
  ['openai-responses', { model: 'm', input: 'x', reasoning: { effort: 'much' } }, ['reasoning.effort']],
  ['anthropic-messages 2023-06-01', { model: 'm', max_tokens: 1, messages: [], temperature: 1 }, []],
  ['anthropic-messages 2026-10-21', { model: 'm', max_tokens: 1, messages: [], temperature: 1 }, ['temperature']],
  ['anthropic-messages 2026-10-21', { model: 'm', messages: user(odd) }, ['messages[0].content[0].bogus']],
  ['gemini-generate', { contents: turn({ text: 'x', bogus: 1 }) }, ['contents[0].parts[0].bogus']],
  ['gemini-generate', { contents: [], generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } } }, []],
  [
    'gemini-generate',
    { contents: [], generationConfig: { thinkingConfig: { thinkingLevel: 'SOME' } } },
    ['generationConfig.thinkingConfig.thinkingLevel'],
  ],
];

test('an unknown field, a wrong type and a wrong word are found where they stand', { timeout: 60_000 }, async () => {
  const findings = await checkTypes(CASES.map(([type, body], at) => ({ name: String(at), type, body })));
  const found = CASES.map((_, at) => findings.filter(({ name }) => name === String(at)).map(({ path }) => path));
  expect(found).toEqual(CASES.map(([, , paths]) => paths));
});
