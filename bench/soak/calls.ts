import type { Draw } from '../../experiments/random.ts';

/** The dialects that the callers speak. */
export const DIALECTS = ['openai-chat', 'anthropic-messages', 'gemini-generate'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** The routes that the callers ask, all of them over providers that fall ill. */
export const ROUTES = ['chat', 'claude', 'gemini', 'prompted', 'contract'] as const;
export type Route = (typeof ROUTES)[number];

/** How a caller behaves. */
export type Manner =
  | { readonly is: 'ordinary' }
  /** Takes the answer in sips. */
  | { readonly is: 'slow-reader' }
  /** Leaves so long after the request was sent. */
  | { readonly is: 'leaver'; readonly afterMs: number }
  /** Leaves in the middle of its own body. */
  | { readonly is: 'half-sender' }
  /** Is refused at the edge with one of these statuses, and no provider hears of it. */
  | { readonly is: 'mistaken'; readonly how: Mistake };

/** The mistakes that callers make, with the status that each is answered with. */
export const MISTAKES = {
  'broken-json': 400,
  'unknown-option': 400,
  'unknown-route': 404,
  'wrong-key': 401,
  'wrong-type': 415,
  oversized: 413,
} as const;
export type Mistake = keyof typeof MISTAKES;

export interface Call {
  readonly dialect: Dialect;
  readonly route: Route;
  readonly stream: boolean;
  readonly manner: Manner;
  /** Length of the answer that is asked for. */
  readonly words: number;
  /** Characters of conversation before the question. */
  readonly history: number;
}

const ORDINARY: Manner = { is: 'ordinary' };

/** The next call of a seeded row. */
export function drawCall(draw: Draw): Call {
  const manner = drawManner(draw);
  const slow = manner.is === 'slow-reader';
  return {
    dialect: pick(DIALECTS, draw),
    route: pick(ROUTES, draw),
    stream: slow || draw() < 0.5,
    manner,
    words: slow ? 400 : 5 + Math.floor(draw() ** 2 * 80),
    history: draw() < 0.1 ? 20_000 : Math.floor(draw() * 2_000),
  };
}

function drawManner(draw: Draw): Manner {
  const drawn = draw();
  if (drawn < 0.7) return ORDINARY;
  if (drawn < 0.74) return { is: 'slow-reader' };
  // From at once to later than most answers take: every phase of a request is met.
  if (drawn < 0.86) return { is: 'leaver', afterMs: Math.floor(draw() ** 2 * 1_500) };
  if (drawn < 0.89) return { is: 'half-sender' };
  return { is: 'mistaken', how: pick(Object.keys(MISTAKES) as Mistake[], draw) };
}

function pick<T>(from: readonly [T, ...T[]] | readonly T[], draw: Draw): T {
  const picked = from[Math.floor(draw() * from.length)];
  if (picked === undefined) throw new RangeError('there is nothing to pick from');
  return picked;
}

const SENTENCE = 'The quick brown fox jumps over the lazy dog while the gateway looks on. ';

/** Path and body of a call as its dialect has them. */
export function wireOf(call: Call): { readonly path: string; readonly body: string } {
  const { dialect, stream } = call;
  const model = call.manner.is === 'mistaken' && call.manner.how === 'unknown-route' ? 'nobody' : call.route;
  const question = `[[words: ${call.words}]]${SENTENCE.repeat(Math.ceil(call.history / SENTENCE.length))}`;
  const option = call.manner.is === 'mistaken' && call.manner.how === 'unknown-option' ? { undrstudy_x: 1 } : undefined;
  const own = option ? { understudy: option } : {};
  switch (dialect) {
    case 'openai-chat':
      return {
        path: '/v1/chat/completions',
        body: JSON.stringify({
          model,
          stream,
          max_tokens: 2_000,
          messages: [{ role: 'user', content: question }],
          ...own,
        }),
      };
    case 'anthropic-messages':
      return {
        path: '/v1/messages',
        body: JSON.stringify({
          model,
          stream,
          max_tokens: 2_000,
          messages: [{ role: 'user', content: question }],
          ...own,
        }),
      };
    case 'gemini-generate':
      return {
        path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
        body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: question }] }], ...own }),
      };
  }
}
