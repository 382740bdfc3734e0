import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';

let house: House;
beforeAll(async () => {
  const told = { description: 'Answers customers.', targets: ['alpha/steady-1'] };
  const known = { targets: ['alpha/known-1', 'beta/steady-1'] };
  const facts = { contextWindow: 9_000, maxInputTokens: 7_000, maxOutputTokens: 2_000 };
  house = await startHouse({ routes: { told, known }, providers: { alpha: { models: { 'known-1': facts } } } });
});
afterAll(() => house.close());

const listed = async (path: string, headers: Record<string, string> = {}) =>
  (await fetch(`${house.gateway.url}${path}`, { headers })).json();

describe('the description of a route', () => {
  it('stands where Google’s and Anthropic’s shapes have a place for words', async () => {
    const google = await listed('/v1beta/models/told');
    expect(google).toMatchObject({ name: 'models/told', description: 'Answers customers.' });
    const anthropic = await listed('/v1/models/told', { 'anthropic-version': '2023-06-01' });
    expect(anthropic).toMatchObject({ id: 'told', display_name: 'Answers customers.' });
  });

  it('is left out where there is none, and where the shape has no place', async () => {
    expect(await listed('/v1beta/models/reply')).not.toHaveProperty('description');
    expect(await listed('/v1/models/told')).toEqual({
      id: 'told',
      object: 'model',
      created: expect.any(Number),
      owned_by: 'understudy',
    });
  });
});

describe('the limits of a route’s primary', () => {
  it('stand where Google’s and Anthropic’s shapes have a place for them, and only where they are known', async () => {
    const google = await listed('/v1beta/models/known');
    const supportedGenerationMethods = expect.arrayContaining(['countTokens']);
    expect(google).toMatchObject({ inputTokenLimit: 7_000, outputTokenLimit: 2_000, supportedGenerationMethods });
    const anthropic = await listed('/v1/models/known', { 'anthropic-version': '2023-06-01' });
    expect(anthropic).toMatchObject({ max_input_tokens: 7_000, max_tokens: 2_000 });
    expect(await listed('/v1beta/models/reply')).not.toHaveProperty('inputTokenLimit');
    expect(await listed('/v1/models/known')).not.toHaveProperty('max_tokens');
  });
});
