import { FunctionCallingConfigMode, type FunctionDeclaration, GoogleGenAI, Type } from '@google/genai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';

let simulator: Simulator;
let client: GoogleGenAI;

beforeAll(async () => {
  simulator = await startSimulator();
  client = new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl: `${simulator.url}/sim` } });
});
afterAll(() => simulator.stop());

const declarations: FunctionDeclaration[] = [
  {
    name: 'get_weather',
    parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
  },
  { name: 'get_time', parameters: { type: Type.OBJECT, properties: { zone: { type: Type.STRING } } } },
];

test('a plain question, whole and streamed, gets the same answer and usage', async () => {
  const body = { model: 'steady-1', contents: 'How tall is a giraffe?' };
  const whole = await client.models.generateContent(body);
  expect(whole.text).toContain('How tall is a giraffe?');
  expect(whole.candidates?.[0]?.finishReason).toBe('STOP');
  let text = '';
  let last: typeof whole | undefined;
  for await (const chunk of await client.models.generateContentStream(body)) {
    text += chunk.text ?? '';
    last = chunk;
  }
  expect(text).toBe(whole.text);
  expect(last?.candidates?.[0]?.finishReason).toBe('STOP');
  expect(last?.usageMetadata?.candidatesTokenCount).toBe(whole.usageMetadata?.candidatesTokenCount);
});

test('both functions are called in one turn without ids, and their responses are in the final text', async () => {
  const question = { role: 'user', parts: [{ text: 'Tell me both the weather and time in Paris' }] };
  const config = { tools: [{ functionDeclarations: declarations }] };
  const first = await client.models.generateContent({ model: 'steady-1', contents: [question], config });
  const calls = first.functionCalls ?? [];
  expect(calls.map((call) => [call.name, call.args, call.id])).toEqual([
    ['get_weather', { city: 'Paris' }, undefined],
    ['get_time', { zone: 'Paris' }, undefined],
  ]);
  const responses = calls.map((call) => ({
    functionResponse: { name: call.name ?? '', response: { output: `out of ${call.name}` } },
  }));
  const second = await client.models.generateContent({
    model: 'steady-1',
    contents: [
      question,
      { role: 'model', parts: first.candidates?.[0]?.content?.parts ?? [] },
      { role: 'user', parts: responses },
    ],
    config,
  });
  expect(second.text).toContain('get_weather says: out of get_weather');
});

test('a signed model gives ids and one signature, and wants the signature back', async () => {
  const question = { role: 'user', parts: [{ text: 'Tell me both the weather and time in Paris' }] };
  const config = { tools: [{ functionDeclarations: declarations }] };
  const parts: { functionCall?: { id?: string; name?: string }; thoughtSignature?: string }[] = [];
  for await (const chunk of await client.models.generateContentStream({
    model: 'signed-1',
    contents: [question],
    config,
  })) {
    parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []).filter((part) => part.functionCall));
  }
  expect(parts.map((part) => [typeof part.functionCall?.id, typeof part.thoughtSignature])).toEqual([
    ['string', 'string'],
    ['string', 'undefined'],
  ]);
  const responses = parts.map((part) => ({
    functionResponse: {
      id: part.functionCall?.id ?? '',
      name: part.functionCall?.name ?? '',
      response: { output: 'x' },
    },
  }));
  const turn = (with_: typeof parts) => [question, { role: 'model', parts: with_ }, { role: 'user', parts: responses }];
  const good = await client.models.generateContent({ model: 'signed-1', contents: turn(parts), config });
  expect(good.text).toContain('get_time says: x');
  const bare = parts.map((part) => ({ functionCall: part.functionCall ?? {} }));
  await expect(client.models.generateContent({ model: 'signed-1', contents: turn(bare), config })).rejects.toThrow(
    /missing a thought_signature/,
  );
});

test('a forced function is called; a response schema is satisfied', async () => {
  const forced = await client.models.generateContent({
    model: 'toolshy-1',
    contents: 'Anything',
    config: {
      tools: [{ functionDeclarations: declarations }],
      toolConfig: {
        functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['get_time'] },
      },
    },
  });
  expect(forced.functionCalls?.[0]?.name).toBe('get_time');
  const structured = await client.models.generateContent({
    model: 'steady-1',
    contents: 'How was it?',
    config: {
      responseMimeType: 'application/json',
      responseSchema: {
        type: Type.OBJECT,
        properties: {
          mood: { type: Type.STRING, enum: ['good', 'bad'] },
          marks: { type: Type.ARRAY, items: { type: Type.INTEGER } },
        },
        required: ['mood', 'marks'],
      },
    },
  });
  const value = JSON.parse(structured.text ?? '');
  expect(['good', 'bad']).toContain(value.mood);
  expect(value.marks.every(Number.isInteger)).toBe(true);
});

test('thoughts are shown when asked for and are counted apart', async () => {
  const answer = await client.models.generateContent({
    model: 'steady-1',
    contents: 'Why is the sky blue?',
    config: { thinkingConfig: { includeThoughts: true, thinkingBudget: 512 } },
  });
  const parts = answer.candidates?.[0]?.content?.parts ?? [];
  expect(parts[0]?.thought).toBe(true);
  const usage = answer.usageMetadata;
  expect(usage?.thoughtsTokenCount).toBeGreaterThan(0);
  expect(usage?.totalTokenCount).toBe(
    (usage?.promptTokenCount ?? 0) + (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0),
  );
});

test('a blocked prompt has no candidates and status 200', async () => {
  const answer = await client.models.generateContent({ model: 'steady-1--content-policy', contents: 'Hi' });
  expect(answer.candidates).toBeUndefined();
  expect(answer.promptFeedback?.blockReason).toBe('SAFETY');
});
