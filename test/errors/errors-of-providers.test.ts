import { expect, test } from 'vitest';
import { decodeFault as anthropicMessages } from '../../src/dialects/anthropic-messages/decode-fault.ts';
import { decodeFault as geminiGenerate } from '../../src/dialects/gemini-generate/decode-fault.ts';
import { decodeFault as openaiChat } from '../../src/dialects/openai-chat/decode-fault.ts';
import { decodeFault as openaiResponses } from '../../src/dialects/openai-responses/decode-fault.ts';
import { FAMILY_ROWS } from './family-rows.ts';
import { HOST_ROWS } from './host-rows.ts';
import { OPENAI_ROWS } from './openai-rows.ts';
import { bodyText, sayings } from './row.ts';
import { SERVER_ROWS } from './server-rows.ts';
import { VENDOR_ROWS } from './vendor-rows.ts';

const ROWS = [...OPENAI_ROWS, ...VENDOR_ROWS, ...FAMILY_ROWS, ...HOST_ROWS, ...SERVER_ROWS];
const READERS = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'anthropic-messages': anthropicMessages,
  'gemini-generate': geminiGenerate,
};

test.each(ROWS)('$vendor $status $body is $kind', ({ dialect, status, body, kind, says }) => {
  const fault = READERS[dialect]({ status, headers: {}, body: bodyText(body) });
  expect({ kind: fault.kind, says: sayings(fault) }).toEqual({ kind, says });
  expect(fault.status).toBe(status);
});

test('the table is worth the name', () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(200);
  expect(new Set(ROWS.map(({ vendor }) => vendor)).size).toBeGreaterThanOrEqual(25);
  expect(ROWS.every(({ source }) => /https:|oddit/.test(source))).toBe(true);
});
