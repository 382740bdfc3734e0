import { describe, expect, it } from 'vitest';
import { checkConfig } from '../config/parse.ts';
import { resolveConfig } from '../config/resolve.ts';
import { shareOfConfig, shareProblem, workersOf } from './shares.ts';

function loaded(over: {
  readonly limits?: object;
  readonly target?: object;
  readonly streams?: number;
  readonly workers?: unknown;
}) {
  const { limits, target, streams, workers } = over;
  const config = checkConfig(
    {
      server: { ...(streams !== undefined && { limits: { streams } }), ...(workers !== undefined && { workers }) },
      providers: { alpha: { dialect: 'openai-chat', baseUrl: 'http://127.0.0.1:9', ...(limits && { limits }) } },
      routes: { reply: { targets: [{ target: 'alpha/one', ...(target && { limits: target }) }] } },
    },
    'test',
  );
  return { config: resolveConfig(config, {}), from: { kind: 'file' as const, file: 'understudy.yaml', config } };
}

const problem = (over: Parameters<typeof loaded>[0], count: number) => {
  const { config, from } = loaded(over);
  return shareProblem(config, from, count);
};

describe('limits that several workers share', () => {
  it('a limit with fewer places than workers is named', () => {
    expect(problem({}, 64)).toBeUndefined();
    expect(problem({ limits: { concurrency: 3 } }, 3)).toBeUndefined();
    expect(problem({ limits: { concurrency: 3 } }, 4)).toBe(
      'understudy.yaml: providers.alpha.limits.concurrency is 3, which 4 workers cannot share; let it have a place for each of them, or start fewer workers (--workers, server.workers)',
    );
    expect(problem({ target: { concurrency: 1 } }, 2)).toContain(
      'routes.reply.targets.0.limits.concurrency (alpha/one) is 1',
    );
    expect(problem({ streams: 1 }, 2)).toContain('server.limits.streams is 1');
  });

  it('streams are shared out to the last one; a limit that is worked out from memory is each worker’s own', () => {
    const { config } = loaded({ streams: 11 });
    const shares = [0, 1, 2].map((index) => shareOfConfig(config, { index, count: 3 }).server.limits.maxStreams);
    expect(shares).toEqual([4, 4, 3]);
    const { config: unlimited } = loaded({});
    expect(shareOfConfig(unlimited, { index: 0, count: 3 })).toBe(unlimited);
  });

  it('server.workers is a number or auto, and 1 where nobody says', () => {
    expect(
      [loaded({}), loaded({ workers: 3 }), loaded({ workers: 'auto' })].map(({ config }) => config.server.workers),
    ).toEqual([1, 3, 'auto']);
    expect(workersOf(3)).toBe(3);
    expect(workersOf('auto')).toBeGreaterThanOrEqual(1);
    expect(() => loaded({ workers: 0 })).toThrow(/workers/);
    expect(() => loaded({ workers: 'many' })).toThrow(/workers/);
  });
});
