import { GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/gateway-kit.ts';
import { lastAsked, PIXEL_PNG, startWays, WAYS } from './ways.ts';

let house: House;
let client: GoogleGenAI;

beforeAll(async () => {
  house = await startWays();
  client = new GoogleGenAI({ apiKey: 'caller', httpOptions: { baseUrl: house.gateway.url } });
});
afterAll(() => house.close());

describe.each(WAYS)('through $way', ({ model, provider }) => {
  test('a question gets a whole answer that says who served', async () => {
    const answer = await client.models.generateContent({ model, contents: 'How tall is a giraffe?' });
    expect(answer.text).toContain('How tall is a giraffe?');
    expect(answer.candidates).toHaveLength(1);
    expect(answer.candidates?.[0]).toMatchObject({ finishReason: 'STOP', content: { role: 'model' } });
    expect(answer.modelVersion).toBe('steady-1');
    expect(answer.usageMetadata?.candidatesTokenCount).toBeGreaterThan(5);
    expect(answer.usageMetadata?.totalTokenCount).toBe(
      (answer.usageMetadata?.promptTokenCount ?? 0) + (answer.usageMetadata?.candidatesTokenCount ?? 0),
    );
    expect(answer.sdkHttpResponse?.headers?.['x-understudy-served-by']).toBe(`${provider}/steady-1`);
  });
});
void lastAsked;
void PIXEL_PNG;
