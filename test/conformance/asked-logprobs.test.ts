import { describe, expect, it } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import type { CallerDialectName } from '../../src/model/dialect-name.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { target } from '../kit/engine-kit.ts';

const FORMS = [
  ['openai-chat', { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }, { logprobs: true }],
  ['openai-responses', { model: 'm', input: 'Hi', store: false }, { include: ['message.output_text.logprobs'] }],
  [
    'gemini-generate',
    { model: 'm', contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
    { generationConfig: { responseLogprobs: true } },
  ],
] as const satisfies readonly (readonly [CallerDialectName, JsonObject, JsonObject])[];

describe.each(FORMS)(
  'log probabilities that a route asks for, in the caller’s own dialect %s',
  (dialect, body, asked) => {
    const request = dialectKits.caller(dialect).decodeRequest(JSON.parse(JSON.stringify(body)), {});
    const encode = (logprobs?: { top: number }) =>
      dialectKits
        .target(dialect)
        .encodeRequest(
          { ...request, ...(logprobs && { logprobs }) },
          { target: target('a/m', { dialect }), newId: () => 'x' },
        );

    it('are asked for', () => expect(encode({ top: 0 }).body).toMatchObject(asked));

    it('are not where nobody asks', () => expect(encode().body).not.toMatchObject(asked));
  },
);
