import type { Surface } from '../kit/sdk-caller.ts';
import type { FaultCase } from './fault-case.ts';

const badResponse = (
  name: string,
  script: FaultCase['script'],
  what: string | undefined,
  more: Partial<FaultCase> = {},
): FaultCase => ({
  kind: 'bad-response',
  name,
  script,
  verdicts: ['next-target: bad-response'],
  ...(what !== undefined && { fault: { what } }),
  ending: { by: 'secondary' },
  lane: { breaker: 'closed', failed: 1 },
  again: 'asked',
  ...more,
});

const schema = {
  type: 'object',
  properties: { mood: { type: 'string' }, score: { type: 'integer' } },
  required: ['mood', 'score'],
  additionalProperties: false,
};

const asJson = (surface: Surface) =>
  surface === 'openai-chat'
    ? { response_format: { type: 'json_schema', json_schema: { name: 'mood', strict: true, schema } } }
    : { output_config: { format: { type: 'json_schema', schema } } };

/** Answers of status 200 that are none, and answers that are not what was asked for. */
export const ANSWER_CASES: readonly FaultCase[] = [
  badResponse('a web page', [{ fault: 'html-page' }], 'html'),
  badResponse('an error body', [{ fault: 'error-in-200' }], 'error-body'),
  badResponse('overload told as the first event', [{ fault: 'overloaded-after-200' }], 'overloaded'),
  badResponse('a complete answer without content', [{ fault: 'empty-answer' }], 'empty'),
  badResponse('JSON that is no answer', [{ fault: 'wrong-shape' }], undefined),
  badResponse('broken JSON as the first content', [{ fault: 'malformed-chunk', afterChunks: 0 }], 'malformed'),
  badResponse('closed in order before any content', [{ fault: 'cut', afterChunks: 0 }], 'cut'),
  badResponse('a whole answer closed half-way', [{ fault: 'cut', afterChunks: 1 }], 'cut', { modes: ['whole'] }),
  badResponse('a whole answer reset half-way', [{ fault: 'reset', afterChunks: 1 }], 'cut', { modes: ['whole'] }),
  badResponse('a stream cut while the hold still covers it', [{ fault: 'cut', afterChunks: 3 }], 'cut', {
    modes: ['stream'],
    failover: { hold: { tokens: 200 } },
  }),
  badResponse('a stream reset while the whole of it is held', [{ fault: 'reset', afterChunks: 3 }], 'cut', {
    modes: ['stream'],
    failover: { hold: 'whole-answer' },
  }),
  badResponse('plain text', [{ fault: 'status', status: 200, body: 'ok' }], undefined),
  badResponse('an empty body', [{ fault: 'status', status: 200, body: '' }], undefined),
  badResponse(
    'a redirect',
    [{ fault: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    'wrong-type',
  ),
  {
    kind: 'contract-broken',
    name: 'half the JSON, no words of repair',
    script: [{ fault: 'broken-json' }],
    extra: asJson,
    failover: { hold: 'whole-answer' },
    verdicts: ['next-target: contract-broken'],
    ending: { by: 'secondary' },
    lane: { breaker: 'closed', failed: 0 },
    again: 'asked',
  },
  {
    kind: 'contract-broken',
    name: 'prose around the JSON, mended by the words of repair',
    script: [{ fault: 'broken-json', how: 'prose' }, { fault: 'none' }],
    extra: asJson,
    failover: { hold: 'whole-answer', repair: 'Answer with the JSON alone.' },
    verdicts: ['retry-same at once with the words of repair'],
    ending: { by: 'primary' },
    lane: { breaker: 'closed', failed: 0 },
  },
  {
    kind: 'contract-broken',
    name: 'the words of repair do not help, and nobody else is there',
    script: [{ fault: 'broken-json' }],
    extra: asJson,
    alone: true,
    failover: { hold: 'whole-answer', repair: 'Answer with the JSON alone.' },
    verdicts: ['retry-same at once with the words of repair', 'next-target: contract-broken'],
    ending: { status: 502, code: 'contract_broken' },
    lane: { breaker: 'closed', failed: 0 },
  },
];
