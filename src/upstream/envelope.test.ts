import { describe, expect, test } from 'vitest';
import type { UpstreamRequest } from '../engine/ports.ts';
import type { TargetDialectName } from '../model/dialect-name.ts';
import type { Envelope } from '../model/envelope.ts';
import { wrap } from './envelope.ts';
import { request } from './test-kit.ts';

function asked(dialect: TargetDialectName, model: string, changes: Partial<UpstreamRequest> = {}): UpstreamRequest {
  const plain = request();
  return { ...plain, target: { ...plain.target, dialect, model }, body: { model, messages: [] }, ...changes };
}
const messages = { path: '/messages', headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a-1, b-2' } };

describe('azure', () => {
  const v1: Envelope = { kind: 'azure', deployments: { 'gpt-5.6': 'prod-main' } };
  const dated: Envelope = { ...v1, apiVersion: '2025-04-01-preview' };

  test('without versions the deployment stands in the body', () => {
    expect(wrap(v1, asked('openai-chat', 'gpt-5.6'))).toEqual({
      path: '/chat/completions',
      headers: {},
      body: { model: 'prod-main', messages: [] },
    });
    expect(wrap(v1, asked('openai-chat', 'other')).body.model).toBe('other');
    expect(wrap(v1, asked('openai-chat', 'constructor')).body.model).toBe('constructor');
  });

  test('dated versions name the deployment in the path, but for the Responses API', () => {
    expect(wrap(dated, asked('openai-chat', 'gpt-5.6')).path).toBe(
      '/deployments/prod-main/chat/completions?api-version=2025-04-01-preview',
    );
    expect(wrap(dated, asked('openai-chat', 'a/b?c')).path).toMatch(/^\/deployments\/a%2Fb%3Fc\/chat/);
    expect(wrap(dated, asked('openai-responses', 'gpt-5.6', { path: '/responses' }))).toMatchObject({
      path: '/responses?api-version=2025-04-01-preview',
      body: { model: 'prod-main' },
    });
  });
});

describe('vertex', () => {
  const vertex: Envelope = { kind: 'vertex' };

  test('Gemini stands below its publisher, with its query', () => {
    const path = '/models/gemini-3.8-flash:streamGenerateContent?alt=sse';
    expect(wrap(vertex, asked('gemini-generate', 'gemini-3.8-flash', { path })).path).toBe(`/publishers/google${path}`);
  });

  test.each([
    [false, 'rawPredict'],
    [true, 'streamRawPredict'],
  ])(
    'Claude, streamed %s: the model leaves the body, the version enters it, betas stay in their header',
    (stream, method) => {
      expect(wrap(vertex, asked('anthropic-messages', 'claude-x@20250929', { ...messages, stream }))).toEqual({
        path: `/publishers/anthropic/models/claude-x%4020250929:${method}`,
        headers: { 'anthropic-beta': 'a-1, b-2' },
        body: { anthropic_version: 'vertex-2023-10-16', messages: [] },
      });
    },
  );

  test('models of others in the dialect of OpenAI', () => {
    expect(wrap(vertex, asked('openai-chat', 'meta/llama-4')).path).toBe('/endpoints/openapi/chat/completions');
  });
});

describe('bedrock', () => {
  const bedrock: Envelope = { kind: 'bedrock' };
  const model = 'eu.anthropic.claude-x-v1:0';

  test.each([
    [false, 'invoke'],
    [true, 'invoke-with-response-stream'],
  ])('Claude, streamed %s: model and stream stand in the path, version and betas in the body', (stream, method) => {
    const body = { model, stream, max_tokens: 5, messages: [] };
    expect(wrap(bedrock, asked('anthropic-messages', model, { ...messages, stream, body }))).toEqual({
      path: `/model/eu.anthropic.claude-x-v1%3A0/${method}`,
      headers: {},
      body: { anthropic_version: 'bedrock-2023-05-31', anthropic_beta: ['a-1', 'b-2'], max_tokens: 5, messages: [] },
    });
  });

  test('an ARN is one segment of the path', () => {
    const arn = 'arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-x';
    const { path } = wrap(bedrock, asked('anthropic-messages', arn, messages));
    expect(path).toBe(`/model/${encodeURIComponent(arn)}/invoke`);
  });
});

test.each<[Envelope, TargetDialectName, string]>([
  [{ kind: 'vertex' }, 'openai-responses', '/responses'],
  [{ kind: 'vertex' }, 'anthropic-messages', '/complete'],
  [{ kind: 'bedrock' }, 'openai-chat', '/chat/completions'],
  [{ kind: 'bedrock' }, 'anthropic-messages', '/messages/count_tokens'],
])('what has no place in %j is refused as this provider’s trouble', (envelope, dialect, path) => {
  expect(() => wrap(envelope, asked(dialect, 'm', { path }))).toThrow(/provider p has no place for/);
});
