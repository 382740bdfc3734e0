import { describe, expect, it } from 'vitest';
import { parseConfig } from './parse.ts';
import { ConfigError } from './problems.ts';
import { resolveConfig } from './resolve.ts';

const HEAD = `providers:
  openai: { apiKey: "env:OPENAI_API_KEY" }
  azure: { apiKey: "env:AZURE_API_KEY", dialect: openai-chat, baseUrl: "https://azure.test/v1" }
  local: { dialect: openai-chat, baseUrl: "http://127.0.0.1:8000/v1" }
routes:
  reply:
`;
const ENV = { OPENAI_API_KEY: 'x', AZURE_API_KEY: 'x' };
const config = (route: string) => parseConfig(HEAD + route.replace(/^/gm, '    '), 'test.yaml', {}, ENV);
const policyOf = (route: string) => resolveConfig(config(route), ENV).routes.get('reply')?.policy;

function problemsOf(route: string) {
  try {
    config(route);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message, fix }) => ({ path, message, fix }));
  }
}

const TWO = 'targets: [openai/gpt-5.6, local/llama-3.3-70b]\n';
const HOSTS = 'targets: [openai/gpt-5.6-sol, { target: azure/gpt-5.6-sol, weight: 3 }]\n';

describe('a policy by its name alone has every default filled in', () => {
  it('quorum', () => {
    expect(policyOf(`${TWO}failover: { policy: quorum }`)).toEqual({
      kind: 'quorum',
      size: 2,
      pick: 'first',
      share: 0.05,
      patienceMs: 5_000,
      grader: expect.any(Function),
    });
  });

  it('cascade: a step has the primary budget of whole answers', () => {
    expect(policyOf(`${TWO}failover: { policy: cascade }`)).toEqual({
      kind: 'cascade',
      stepBudgetMs: 30_000,
      onRefusal: 'escalate',
    });
    expect(policyOf(`${TWO}workload: background\nfailover: { policy: cascade }`)).toMatchObject({
      stepBudgetMs: 60_000,
    });
  });

  it('same-model: by weight, without hedges', () => {
    expect(policyOf(`${HOSTS}failover: { policy: same-model }`)).toEqual({ kind: 'same-model', balance: 'weighted' });
  });
});

describe('what is written wins', () => {
  it('of a quorum', () => {
    const written = 'failover: { policy: quorum, quorum: { size: 2, pick: best, share: 1, patience: 2s } }';
    expect(policyOf(TWO + written)).toMatchObject({ size: 2, pick: 'best', share: 1, patienceMs: 2_000 });
  });

  it('of a cascade', () => {
    const check = 'selfCheck: { ask: "Right?", accept: "ja", maxTokens: 20, within: 3s }';
    const written = `cascade: { stepBudget: 4s, onRefusal: serve, minMeanLogprob: -0.4, minTokenLogprob: -5, ${check} }`;
    expect(policyOf(`${TWO}failover: { policy: cascade, ${written} }`)).toEqual({
      kind: 'cascade',
      stepBudgetMs: 4_000,
      onRefusal: 'serve',
      minMeanLogprob: -0.4,
      minTokenLogprob: -5,
      selfCheck: { ask: 'Right?', accept: 'ja', maxTokens: 20, withinMs: 3_000 },
    });
  });

  it.each([
    ['{}', { after: { percentile: 95 }, budget: 0.05 }],
    ['{ after: p99 }', { after: { percentile: 99 }, budget: 0.05 }],
    ['{ after: 800ms, budget: 0.1 }', { after: { ms: 800 }, budget: 0.1 }],
  ])('of a hedge: %s', (hedge, expected) => {
    const written = `failover: { policy: same-model, sameModel: { balance: fastest, hedge: ${hedge} } }`;
    expect(policyOf(HOSTS.replace(', weight: 3', '') + written)).toEqual({
      kind: 'same-model',
      balance: 'fastest',
      hedge: expected,
    });
  });

  it('of a target: its weight', () => {
    const resolved = resolveConfig(config(`${HOSTS}failover: { policy: same-model }`), ENV).routes.get('reply');
    expect(resolved?.targets.map(({ weight }) => weight)).toEqual([undefined, 3]);
  });
});

describe('hot-hot between different models', () => {
  it('is refused, with the reason and the line', () => {
    const [problem, ...others] = problemsOf(`${TWO}failover: { policy: same-model }`);
    expect(others).toEqual([]);
    expect(problem?.path).toBe('routes.reply.targets[1]');
    expect(problem?.message).toContain('hot-hot');
    expect(problem?.message).toContain('their answers to one prompt differ');
    expect(problem?.fix).toContain('force: true');
  });

  it('is allowed where the operator insists', () => {
    const forced = 'failover: { policy: same-model, sameModel: { force: true } }';
    expect(policyOf(TWO + forced)).toMatchObject({ kind: 'same-model' });
  });

  it('is not what two names of one model are', () => {
    expect(problemsOf('targets: [openai/gpt-5.6, azure/gpt-5.6-sol]\nfailover: { policy: same-model }')).toEqual([]);
    const named = `${HEAD.replace('azure: { ', 'azure: { models: { mine: { sameModel: gpt-5.6-sol } }, ')}    targets: [openai/gpt-5.6, azure/mine]\n    failover: { policy: same-model }`;
    expect(() => parseConfig(named, 'test.yaml', {}, ENV)).not.toThrow();
  });
});

describe('what would have no effect is refused', () => {
  it.each([
    [`${TWO}failover: { quorum: { size: 2 } }`, 'routes.reply.failover.quorum'],
    [`${TWO}failover: { policy: quorum, cascade: { onRefusal: serve } }`, 'routes.reply.failover.cascade'],
    [`${TWO}failover: { policy: single, sameModel: { balance: fastest } }`, 'routes.reply.failover.sameModel'],
    ['targets: [{ target: openai/gpt-5.6, weight: 2 }, local/x]', 'routes.reply.targets[0].weight'],
    [`${HOSTS}failover: { policy: same-model, sameModel: { balance: fastest } }`, 'routes.reply.targets[1].weight'],
    ['targets: [openai/gpt-5.6]\nfailover: { policy: quorum }', 'routes.reply.failover.policy'],
    [`${TWO}failover: { policy: quorum, quorum: { size: 3 } }`, 'routes.reply.failover.policy'],
    ['targets: [openai/gpt-5.6]\nfailover: { policy: cascade }', 'routes.reply.failover.policy'],
    [
      'targets: [{ target: openai/gpt-5.6-sol, weight: 0 }, { target: azure/gpt-5.6-sol, weight: 0 }]\nfailover: { policy: same-model }',
      'routes.reply.targets',
    ],
    [
      `${TWO}failover: { policy: same-model, sameModel: { hedge: { after: soon } } }`,
      'routes.reply.failover.sameModel.hedge.after',
    ],
    [`${TWO}failover: { policy: hot-hot }`, 'routes.reply.failover.policy'],
  ])('%s', (route, path) => {
    expect(problemsOf(route).map((problem) => problem.path)).toContain(path);
  });
});
