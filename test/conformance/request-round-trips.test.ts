import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import { DIALECT_NAMES, type DialectName } from '../../src/model/dialect-name.ts';
import type { Target } from '../../src/model/target.ts';
import { resolveTarget } from '../../src/providers/resolve-target.ts';
import { decodeEncoded, encodeFor } from '../kit/recorded-requests.ts';
import { requests } from '../kit/request-arbitrary.ts';
import { differences } from '../kit/same-conversation.ts';

const KNOWN: Readonly<Record<DialectName, readonly [provider: string, models: readonly string[]]>> = {
  'openai-chat': ['openai', ['gpt-4.1', 'gpt-5']],
  'openai-responses': ['openai', ['gpt-4.1', 'gpt-5']],
  'anthropic-messages': ['anthropic', ['claude-sonnet-4-5', 'claude-opus-4-7']],
  'gemini-generate': ['gemini', ['gemini-2.5-flash', 'gemini-3-pro-preview']],
};

/** A model that answers at once or one that thinks; and of all means for a schema one, as other hosts have them. */
function targets(dialect: DialectName): fc.Arbitrary<Target> {
  const [known, models] = KNOWN[dialect];
  return fc
    .record({
      model: fc.constantFrom(...models),
      structuredOutput: fc.constantFrom('native', 'native', 'forced-tool', 'prompt'),
    })
    .map(({ model, structuredOutput }) =>
      resolveTarget(known, { dialect, known }, model, { quirks: { structuredOutput } }),
    );
}

const PAIRS = DIALECT_NAMES.flatMap((from) => DIALECT_NAMES.map((to) => ({ from, to })));

/** The request as a caller of a dialect would have written it: what is lost on the way there was never asked. */
function asCallerOf(dialect: DialectName, request: ChatRequest): ChatRequest {
  const [known, [model = '']] = KNOWN[dialect];
  const target = resolveTarget(known, { dialect, known }, model);
  return decodeEncoded(encodeFor(request, target), target);
}

test.each(PAIRS)(
  'any request of $from, encoded for $to and read again, is the same',
  { timeout: 60_000 },
  ({ from, to }) => {
    const foreign = from === 'openai-chat' ? 'anthropic-messages' : 'openai-chat';
    fc.assert(
      fc.property(requests(foreign), targets(to), (drawn, target) => {
        const request = asCallerOf(from, drawn);
        const encoded = encodeFor(request, target);
        expect(differences(request, decodeEncoded(encoded, target), encoded)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  },
);

test.each(DIALECT_NAMES)(
  'any request at all, encoded for %s and read again, is the same',
  { timeout: 60_000 },
  (to) => {
    const foreign = to === 'openai-chat' ? 'gemini-generate' : 'openai-chat';
    fc.assert(
      fc.property(requests(foreign), targets(to), (request, target) => {
        const encoded = encodeFor(request, target);
        expect(differences(request, decodeEncoded(encoded, target), encoded)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  },
);
