import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainRequest } from '../../src/cli/explain-request.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { askFour, type Shown, WAYS, type Way } from './four-sdks.ts';

const NOTICE = {
  en: 'We’re temporarily using a backup model.',
  de: 'Wir nutzen vorübergehend ein Ersatzmodell.',
};
const SORRY = { en: 'Please try again in a few minutes.', de: 'Bitte versuchen Sie es in einigen Minuten wieder.' };
/** A refusal that leaves no mark on the lane: every request meets it anew. */
const DOWN = '--provider-rejected';
const DEAD = '--status-401';
/** Who stands in, of the same dialect as the caller: what is forwarded as it came is the harder case. */
const TWIN = {
  'openai-chat': 'alpha',
  'openai-responses': 'omega',
  'anthropic-messages': 'beta',
  'gemini-generate': 'gamma',
} as const;

const every = ['alpha', 'beta', 'gamma', 'omega'] as const;
const primaryOf = (twin: string) => (twin === 'alpha' ? 'beta' : 'alpha');
const named = (route: string, { dialect }: Pick<Way, 'dialect'>) => `${route}.${TWIN[dialect]}`;

let house: House;

/** One edition of each route for each stand-in, and lanes of its own for each. */
function routes(): Record<string, unknown> {
  const failover = { attempts: 1 };
  return Object.fromEntries(
    every.flatMap((twin) => {
      const dead = (route: string) => `${primaryOf(twin)}/steady-${route}.${twin}${DOWN}`;
      const small = { targets: [dead('n'), `${twin}/steady-small`], failover };
      return [
        [`notice.${twin}`, { ...small, degraded: { notice: NOTICE } }],
        [`in-text.${twin}`, { ...small, degraded: { notice: NOTICE, noticeInText: true } }],
        [`equal.${twin}`, { targets: [dead('e'), `${twin}/steady-equal`], failover, degraded: { notice: NOTICE } }],
        [
          `ours.${twin}`,
          {
            targets: [dead('o'), `${twin}/steady-equal`],
            failover,
            degraded: { notice: NOTICE, substantial: ['fallback'] },
          },
        ],
        [
          `tolerant.${twin}`,
          { targets: [dead('t'), `${twin}/steady-equal`], failover, parity: 'tolerant', degraded: { notice: NOTICE } },
        ],
        [
          `sorry.${twin}`,
          {
            targets: [dead('s'), `${twin}/steady-dead${DEAD}`],
            failover,
            degraded: { whenNobodyServes: 'static', static: { text: SORRY, json: { mood: 'unknown' } } },
          },
        ],
        [`refusing.${twin}`, { ...small, degraded: { onRefused: 'static', static: { text: SORRY } } }],
      ];
    }),
  );
}

beforeAll(async () => {
  const models = (twin: string) => ({
    'steady-small': { tier: 'small' },
    'steady-equal': { tier: 'frontier' },
    ...Object.fromEntries(
      ['n', 'e', 'o', 't', 's'].flatMap((route) =>
        every
          .filter((other) => primaryOf(other) === twin)
          .map((other) => [`steady-${route}.${other}${DOWN}`, { tier: 'frontier' }]),
      ),
    ),
  });
  house = await startHouse({
    routes: routes(),
    providers: {
      alpha: { models: models('alpha'), region: 'eu' },
      beta: { models: models('beta'), region: 'eu' },
      gamma: { models: models('gamma'), region: 'us' },
      omega: { models: models('omega'), region: 'eu' },
    },
  });
});
afterAll(() => house.close());

function ask(route: string, way: Way, more: { headers?: Record<string, string>; json?: boolean } = {}): Promise<Shown> {
  return askFour({ url: house.gateway.url, model: named(route, way), prompt: 'How are you?', ...way, ...more });
}

async function storedOf(shown: Shown) {
  const id = shown.headers('x-understudy-request-id') ?? '';
  const stored = await house.reader.request(id);
  if (!stored) throw new Error(`no row for ${id}`);
  return stored;
}

const shown = (way: Way) => `${way.dialect}, ${way.stream ? 'streamed' : 'whole'}`;

describe.each(WAYS.map((way) => ({ ...way, title: shown(way) })))('the official SDK reads ($title)', (way) => {
  const region = way.dialect === 'gemini-generate' ? ['other-region'] : [];

  it('a smaller stand-in as a substantial loss, with words in the language of its reader', async () => {
    const answer = await ask('notice', way, { headers: { 'accept-language': 'fr, de-AT;q=0.8, en;q=0.5' } });
    expect(answer.headers('x-understudy-degraded')).toBe('true');
    expect(answer.headers('x-understudy-degraded-reason')).toBe('lower-tier: provider-rejected');
    expect(answer.headers('x-understudy-degraded-severity')).toBe('substantial');
    expect(answer.headers('x-understudy-primary')).toContain('/steady-n.');
    expect(decodeURIComponent(answer.headers('x-understudy-notice') ?? '')).toBe(NOTICE.de);
    expect(answer.text).toContain('How are you?');
    expect(answer.text).not.toContain('Ersatzmodell');
    if (way.dialect !== 'gemini-generate') {
      expect(answer.understudy).toMatchObject({
        degraded: true,
        degraded_reason: 'lower-tier',
        degraded_reasons: ['lower-tier', 'fallback', ...region],
        degraded_severity: 'substantial',
        cause: 'provider-rejected',
        notice: { language: 'de', text: NOTICE.de },
      });
    }
    const stored = await storedOf(answer);
    expect(stored).toMatchObject({ outcome: 'served', degraded: { reason: 'lower-tier', cause: 'provider-rejected' } });
    expect(stored.decisions).toContainEqual(
      expect.objectContaining({
        type: 'degraded',
        severity: 'substantial',
        reasons: ['lower-tier', 'fallback', ...region],
        notice: 'de',
      }),
    );
    expect(explainRequest(stored).join('\n')).toContain('degraded, substantial: lower-tier, fallback');
  });

  it('an equal stand-in as a slight one, without a word to its reader', async () => {
    const answer = await ask('equal', way);
    expect(answer.headers('x-understudy-degraded-reason')).toBe('fallback: provider-rejected');
    expect(answer.headers('x-understudy-degraded-severity')).toBe('slight');
    expect(answer.headers('x-understudy-notice')).toBeUndefined();
    const stored = await storedOf(answer);
    expect(stored.decisions.find(({ type }) => type === 'degraded')).toMatchObject({
      reasons: ['fallback', ...region],
      severity: 'slight',
    });
  });

  it('the words as the last paragraph of the answer, where the route wants them there', async () => {
    const answer = await ask('in-text', way, { headers: { 'x-understudy-languages': 'de' } });
    expect(answer.text).toMatch(/How are you\?.*\n\nWir nutzen vorübergehend ein Ersatzmodell\.$/s);
    expect(answer.text.split('Ersatzmodell')).toHaveLength(2);
  });

  it('JSON without them', async () => {
    const answer = await ask('in-text', way, { json: true });
    expect(JSON.parse(answer.text)).toEqual({ mood: expect.any(String) });
    expect(decodeURIComponent(answer.headers('x-understudy-notice') ?? '')).toBe(NOTICE.en);
  });

  it('the prepared answer where nobody serves', async () => {
    const answer = await ask('sorry', way, { headers: { 'accept-language': 'de' } });
    expect(answer).toMatchObject({ text: SORRY.de, model: 'static', outputTokens: 0 });
    expect(answer.headers('x-understudy-served-by')).toBe('static');
    expect(answer.headers('x-understudy-degraded-reason')).toBe('static: all_targets_failed');
    const stored = await storedOf(answer);
    expect(stored).toMatchObject({
      outcome: 'served',
      servedBy: 'static',
      degraded: { reason: 'static' },
      failure: { code: 'all_targets_failed' },
    });
    const story = explainRequest(stored).join('\n');
    expect(story).toContain('the prepared answer was given in place of all_targets_failed');
    expect(story).toContain('the prepared answer stands for 503 all_targets_failed');
  });

  it('the prepared JSON where it was asked for JSON, and it keeps the schema', async () => {
    expect(JSON.parse((await ask('sorry', way, { json: true })).text)).toEqual({ mood: 'unknown' });
  });

  it('the prepared answer in the place of a degraded one that it refuses', async () => {
    const strict = { headers: { 'x-understudy-quality': 'strict' } };
    const answer = await ask('refusing', way, strict);
    expect(answer).toMatchObject({ text: SORRY.en, model: 'static' });
    expect((await ask('refusing', way)).headers('x-understudy-degraded-reason')).toBe('lower-tier: provider-rejected');
    await expect(ask('refusing', way, { ...strict, json: true })).rejects.toThrow();
  });
});

async function raw(path: string, body: unknown): Promise<string> {
  const answer = await fetch(`${house.gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.text();
}

it('Google’s surface has it in the body too, where its SDK does not look', async () => {
  const asked = { contents: [{ role: 'user', parts: [{ text: 'How are you?' }] }] };
  const whole = JSON.parse(await raw('/v1beta/models/notice.gamma:generateContent', asked));
  expect(whole.understudy).toMatchObject({ degraded_severity: 'substantial', notice: { language: 'en' } });
  const stream = await raw('/v1beta/models/notice.gamma:streamGenerateContent?alt=sse', asked);
  const told = stream.split('\n').filter((line) => line.includes('"understudy"'));
  expect(told).toHaveLength(1);
  expect(JSON.parse((told[0] ?? '').slice('data: '.length))).toMatchObject({
    understudy: { notice: { text: NOTICE.en } },
    candidates: [{ finishReason: 'STOP' }],
  });
});

it.each([false, true])('no words of ours stand beside a call of a tool (streamed: %s)', async (stream) => {
  const look = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };
  const messages = [{ role: 'user', content: 'Look. [[tool: look {}]]' }];
  for (const twin of ['alpha', 'beta']) {
    const said = await raw('/v1/chat/completions', { model: `in-text.${twin}`, messages, tools: [look], stream });
    expect(said).toContain('"look"');
    expect(said).not.toMatch(/content":"[^"]*backup model/);
    expect(said).toContain('"notice":{"language":"en"');
  }
});

it('a reason that the operator holds for substantial is one on that route', async () => {
  const [way] = WAYS;
  if (!way) throw new Error('no way');
  const answer = await ask('ours', way);
  expect(answer.understudy).toMatchObject({
    degraded_reason: 'fallback',
    degraded_severity: 'substantial',
    notice: { language: 'en' },
  });
});

it('what evidence says of the stand-in is told where the route asks for any', async () => {
  const [way] = WAYS;
  if (!way) throw new Error('no way');
  const answer = await ask('tolerant', way);
  expect(answer.headers('x-understudy-parity')).toBe('missing');
  expect(answer.understudy).toMatchObject({
    degraded_reason: 'parity-missing',
    degraded_reasons: ['parity-missing', 'fallback'],
    degraded_severity: 'slight',
    parity: 'missing',
  });
});

it('the metrics count degraded answers by their gravest reason', async () => {
  const text = await (await fetch(`${house.gateway.url}/metrics`)).text();
  expect(text).toMatch(/understudy_degraded_total\{route="sorry\.alpha",reason="static"\} [1-9]/);
  expect(text).toMatch(/understudy_degraded_total\{route="notice\.alpha",reason="lower-tier"\} [1-9]/);
});
