import { expect, test } from 'vitest';
import { DEFAULT_CHAT_HOST_QUIRKS } from '../model/chat-host-quirks.ts';
import { parseConfig } from './parse.ts';
import { resolveConfig } from './resolve.ts';
import { inProvider, problemsOf, reachable } from './test-kit.ts';

const QUIRKS = {
  thinkingSwitch: 'chat-template',
  seedField: 'random_seed',
  toolChoice: 'words',
  requiredWord: 'any',
  strict: false,
  jsonMode: false,
  topK: true,
  maxTemperature: 1.5,
  onlyFields: ['model', 'messages'],
  refusedFields: ['user'],
  messageNames: false,
  textParts: false,
  nullContent: false,
  imageUrls: false,
  roleOrder: 'alternating',
  systemMessages: 'first',
};

const written = (quirks: object) => inProvider(`${reachable}    quirks: ${JSON.stringify(quirks)}\n`);

test('every quirk of a host can be written, and reaches its targets', () => {
  expect(Object.keys(QUIRKS).sort()).toEqual(Object.keys(DEFAULT_CHAT_HOST_QUIRKS).sort());
  const resolved = resolveConfig(parseConfig(written(QUIRKS), 'understudy.yaml'));
  expect(resolved.routes.get('a')?.targets[0]?.target.quirks).toMatchObject(QUIRKS);
});

test.each([
  [{ toolChoice: 'sometimes' }],
  [{ maxTemperature: 3 }],
  [{ onlyFields: 'model' }],
  [{ refusedFields: [7] }],
  [{ roleOrder: true }],
])('%j is refused', (quirks) => {
  expect(problemsOf(written(quirks))).toHaveLength(1);
});
