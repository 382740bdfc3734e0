import { describe, expect, it } from 'vitest';
import { parseConfig } from './parse.ts';
import { ConfigError } from './problems.ts';
import { resolveConfig } from './resolve.ts';

const HEAD = `providers:
  openai: { apiKey: "env:OPENAI_API_KEY" }
routes:
  reply:
    targets: [openai/gpt-5.6]
`;
const ENV = { OPENAI_API_KEY: 'x' };
const config = (route: string) => parseConfig(HEAD + route.replace(/^/gm, '    '), 'test.yaml', {}, ENV);
const ruleOf = (route: string) => resolveConfig(config(route), ENV).routes.get('reply')?.degraded;

function problemsOf(route: string) {
  try {
    config(route);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('what becomes of answers below what a route promises', () => {
  it('is nothing of its own where the route says nothing', () => {
    expect(ruleOf('workload: interactive')).toBeUndefined();
  });

  it('has every default filled in', () => {
    expect(ruleOf('degraded: {}')).toEqual({ substantial: [], onRefused: 'error', whenNobodyServes: 'error' });
  });

  it('keeps the order of languages, whose first is for everybody else', () => {
    const rule = ruleOf(
      'degraded: { notice: { de: Ersatz, en: Backup }, noticeInText: true, substantial: [fallback] }',
    );
    expect([...(rule?.notice?.texts ?? [])]).toEqual([
      ['de', 'Ersatz'],
      ['en', 'Backup'],
    ]);
    expect(rule).toMatchObject({ notice: { inText: true }, substantial: ['fallback'] });
  });

  it('may be an answer that is written beforehand, in one language or in several, and in JSON', () => {
    const rule = ruleOf(
      'degraded: { onRefused: static, whenNobodyServes: static, static: { text: Sorry., json: { ok: false } } }',
    );
    expect(rule?.prepared?.json).toEqual({ ok: false });
    expect([...(rule?.prepared?.text.values() ?? [])]).toEqual(['Sorry.']);
    expect(problemsOf('degraded: { whenNobodyServes: static, static: { text: { en: Sorry., de: Pardon. } } }')).toEqual(
      [],
    );
  });
});

describe('what has no effect, or needs more, is refused by its name', () => {
  it.each([
    ['degraded: { noticeInText: true }', 'routes.reply.degraded.noticeInText: has no effect without a notice'],
    ['degraded: { onRefused: static }', 'routes.reply.degraded.onRefused: needs a prepared answer'],
    ['degraded: { whenNobodyServes: static }', 'routes.reply.degraded.whenNobodyServes: needs a prepared answer'],
    ['degraded: { static: { text: Sorry. } }', 'routes.reply.degraded.static: is never given'],
    ['degraded: { onRefused: defer }', 'routes.reply.degraded.onRefused: defers, and this route does not'],
    ['degraded: { notice: {} }', 'routes.reply.degraded.notice: is empty'],
    ['degraded: { notice: { english: Hm } }', 'routes.reply.degraded.notice.english: is no language'],
    ['degraded: { notice: { en: "\\ud800" } }', 'routes.reply.degraded.notice: holds half of a character'],
    ['degraded: { substantial: [static] }', 'routes.reply.degraded.substantial[0]: '],
    ['degraded: { static: { json: {} } }', 'routes.reply.degraded.static.text: '],
  ])('%s', (route, problem) => {
    expect(problemsOf(route).join('\n')).toContain(problem);
  });

  it('a prepared answer that would break the contract of its route', () => {
    const contract = 'contract: { schema: { type: object, required: [mood] } }\n';
    const given = (json: string) =>
      problemsOf(`${contract}degraded: { whenNobodyServes: static, static: { text: Sorry.${json} } }`);
    expect(given(', json: { mood: unknown }')).toEqual([]);
    expect(given(', json: { ok: false }')).toEqual([
      expect.stringMatching(/^routes\.reply\.degraded\.static\.json: does not keep the contract of the route: .*mood/),
    ]);
    expect(given('')).toEqual(['routes.reply.degraded.static: has no JSON, and the contract of the route asks for it']);
  });

  it('a route that defers may defer what is refused', () => {
    expect(problemsOf('defer: on-request\ndegraded: { onRefused: defer }')).toEqual([]);
    expect(problemsOf('workload: background\ndegraded: { onRefused: defer }')).toEqual([]);
  });
});
