import { expect, test } from 'vitest';
import type { UpstreamRequest } from '../engine/ports.ts';
import { resolveTarget } from '../providers/resolve-target.ts';
import { wrap } from './envelope.ts';

function question(model: string, path: string, body: UpstreamRequest['body']): UpstreamRequest {
  return {
    target: resolveTarget('v', { known: 'vertex' }, model),
    path,
    headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'context-1m' },
    body,
    stream: false,
    connectMs: 1_000,
    freshConnection: false,
    signal: new AbortController().signal,
  };
}

test('Claude on Vertex counts at an address of its own, with the model in the body', () => {
  const asked = question('claude-sonnet-5', '/messages/count_tokens', { model: 'claude-sonnet-5', messages: [] });
  expect(wrap({ kind: 'vertex' }, asked)).toEqual({
    path: '/publishers/anthropic/models/count-tokens:rawPredict',
    headers: { 'anthropic-beta': 'context-1m' },
    body: { anthropic_version: 'vertex-2023-10-16', model: 'claude-sonnet-5', messages: [] },
  });
});

test('Gemini on Vertex takes the request that is counted as it is', () => {
  const request = { model: 'models/gemini-3.8-flash', contents: [], tools: [] };
  const asked = question('gemini-3.8-flash', '/models/gemini-3.8-flash:countTokens', {
    generateContentRequest: request,
  });
  expect(wrap({ kind: 'vertex' }, asked)).toMatchObject({
    path: '/publishers/google/models/gemini-3.8-flash:countTokens',
    body: { contents: [], tools: [] },
  });
});
