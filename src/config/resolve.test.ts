import { describe, expect, test } from 'vitest';
import { DEFAULT_ADAPTIVE } from '../resilience/adaptive-limit.ts';
import { Breaker, DEFAULT_BREAKER } from '../resilience/breaker.ts';
import { DEFAULT_HEADROOM } from '../resilience/headroom.ts';
import { DEFAULT_RETRY_BUDGET } from '../resilience/retry-budget.ts';
import { DEFAULT_SLOW } from '../resilience/slow-trigger.ts';
import { parseConfig } from './parse.ts';
import { resolveConfig, routeForRawTarget } from './resolve.ts';

function resolve(text: string) {
  return resolveConfig(parseConfig(text, 'understudy.yaml'));
}

function routeOf(options: string, provider = 'openai: {}') {
  const route = resolve(
    `providers:\n  ${provider}\nroutes:\n  a:\n    targets: [openai/gpt-5.6]\n${options}`,
  ).routes.get('a');
  if (!route) throw new Error('no route');
  return route;
}

describe('a route that says nothing', () => {
  const route = routeOf('');

  test('has every default of an interactive route', () => {
    expect(route).toMatchObject({
      name: 'a',
      workload: 'interactive',
      policy: { kind: 'hot-cold' },
      streamBudget: { primaryBudgetMs: 8_000, deadlineMs: 30_000 },
      unaryBudget: { primaryBudgetMs: 30_000, deadlineMs: 90_000 },
      reserve: 0.25,
      attempts: 3,
      hold: { kind: 'first-content' },
      recovery: 'error',
      onContentPolicy: 'stop',
      repairJson: false,
      audit: 'best-effort',
    });
    expect(route).not.toHaveProperty('repair');
  });

  test('has the clocks of a stream, and the deadline where a whole answer gives no sign before', () => {
    const stream = {
      connectMs: 3_000,
      headersMs: 10_000,
      firstContentMs: 15_000,
      gapMs: 30_000,
      totalMs: 600_000,
      minCharsPerSecond: 0,
    };
    expect(route.targets[0]?.stream).toEqual(stream);
    expect(route.targets[0]?.unary).toEqual({ ...stream, headersMs: 90_000, firstContentMs: 90_000 });
    expect(route.targets[0]?.gate).toEqual({ concurrency: 256, queue: 256, queueMs: 500 });
  });
});

test.each([
  ['interactive', 8, 30, 30, 90],
  ['background', 60, 600, 60, 600],
  ['internal', 20, 120, 20, 120],
  ['critical', 6, 30, 25, 90],
])('workload %s', (workload, streamBudget, streamDeadline, unaryBudget, unaryDeadline) => {
  const route = routeOf(`    workload: ${workload}\n`);
  expect(route.streamBudget).toEqual({ primaryBudgetMs: streamBudget * 1_000, deadlineMs: streamDeadline * 1_000 });
  expect(route.unaryBudget).toEqual({ primaryBudgetMs: unaryBudget * 1_000, deadlineMs: unaryDeadline * 1_000 });
});

describe('budgets that a route states', () => {
  test('hold for streams and whole answers', () => {
    const route = routeOf('    failover: { primaryBudget: 12s, deadline: 40s }\n');
    expect(route.streamBudget).toEqual({ primaryBudgetMs: 12_000, deadlineMs: 40_000 });
    expect(route.unaryBudget).toEqual(route.streamBudget);
    expect(route.targets[0]?.unary.headersMs).toBe(40_000);
  });

  test('a short deadline alone takes the budget with it', () => {
    expect(routeOf('    failover: { deadline: 5s }\n').streamBudget).toEqual({
      primaryBudgetMs: 5_000,
      deadlineMs: 5_000,
    });
  });

  test('a long budget alone takes the deadline with it', () => {
    expect(routeOf('    failover: { primaryBudget: 50s }\n').streamBudget).toEqual({
      primaryBudgetMs: 50_000,
      deadlineMs: 50_000,
    });
  });
});

describe('clocks and limits, from the outside in', () => {
  const text = `providers:
  openai: { limits: { concurrency: 50, queue: 5 } }
routes:
  a:
    targets:
      - openai/gpt-5.6
      - { target: openai/gpt-4o, limits: { concurrency: 20 }, timeouts: { connect: 1s, firstContent: 4s } }
    timeouts: { connect: 2s, gap: 10s, total: 2m, minCharsPerSecond: 5 }
`;
  const targets = resolve(text).routes.get('a')?.targets ?? [];

  test('a target overrides its route, a route the defaults', () => {
    expect(targets[0]?.stream).toMatchObject({
      connectMs: 2_000,
      gapMs: 10_000,
      totalMs: 120_000,
      firstContentMs: 15_000,
      minCharsPerSecond: 5,
    });
    expect(targets[1]?.stream).toMatchObject({
      connectMs: 1_000,
      gapMs: 10_000,
      totalMs: 120_000,
      firstContentMs: 4_000,
    });
  });

  test('headers and first content that are written bound streams only', () => {
    expect(targets[1]?.unary).toMatchObject({ connectMs: 1_000, firstContentMs: 90_000, headersMs: 90_000 });
  });

  test('a target overrides its provider, a provider the defaults', () => {
    expect(targets[0]?.gate).toEqual({ concurrency: 50, queue: 5, queueMs: 500 });
    expect(targets[1]?.gate).toEqual({ concurrency: 20, queue: 5, queueMs: 500 });
  });
});

test('every failover option arrives', () => {
  const route = routeOf(
    '    failover: { policy: single, reserve: 0.5, attempts: 1, hold: { tokens: 20 }, recovery: continue, onContentPolicy: next, repair: Again. }\n    audit: required\n',
  );
  expect(route).toMatchObject({
    policy: { kind: 'single' },
    reserve: 0.5,
    attempts: 1,
    hold: { kind: 'tokens', count: 20 },
    recovery: 'continue',
    onContentPolicy: 'next',
    repairJson: false,
    repair: 'Again.',
    audit: 'required',
  });
});

test('a prompt of a target goes after the words of the caller unless told otherwise', () => {
  const prompts = resolve(`providers: { openai: {} }
routes:
  a:
    targets:
      - { target: openai/a, prompt: { version: v1, text: Be brief. } }
      - { target: openai/b, prompt: { version: v2, text: Be kind., placement: replace } }
`)
    .routes.get('a')
    ?.targets.map(({ prompt }) => prompt);
  expect(prompts).toEqual([
    { version: 'v1', text: 'Be brief.', placement: 'after' },
    { version: 'v2', text: 'Be kind.', placement: 'replace' },
  ]);
});

describe('providers', () => {
  const provider = (name: string, options: string) =>
    resolve(`providers:\n  ${name}: ${options}\nroutes: { a: { targets: [${name}/m] } }\n`).providers.get(name);

  test('a known name needs nothing: its address, its dialect, its usual variable', () => {
    expect(provider('anthropic', '{}')).toMatchObject({
      known: 'anthropic',
      dialect: 'anthropic-messages',
      baseUrl: 'https://api.anthropic.com/v1',
      authorisation: { kind: 'key', scheme: 'x-api-key', key: { kind: 'env', name: 'ANTHROPIC_API_KEY' } },
      envelope: { kind: 'plain' },
    });
  });

  test('an alias is the same provider', () => {
    expect(provider('google', '{}')).toMatchObject({
      name: 'google',
      known: 'gemini',
      authorisation: { scheme: 'x-goog-api-key' },
    });
  });

  test('a usual key never goes to an address that the operator wrote', () => {
    const moved = provider('openai', '{ baseUrl: "https://proxy.example.com/v1/" }');
    expect(moved).toMatchObject({ baseUrl: 'https://proxy.example.com/v1', authorisation: { kind: 'none' } });
  });

  test('a second account at a known vendor keeps its facts', () => {
    const second = provider(
      'openai-eu',
      '{ dialect: openai-chat, baseUrl: "https://eu.api.openai.com/v1", apiKey: "file:/run/k", region: eu }',
    );
    expect(second).toMatchObject({
      known: 'openai',
      authorisation: { kind: 'key', scheme: 'bearer', key: { kind: 'file', name: '/run/k' } },
      region: 'eu',
    });
  });

  test('a host that only ends like a vendor is not that vendor', () => {
    expect(
      provider('p', '{ dialect: openai-chat, baseUrl: "https://evil-api.openai.com.example.org/v1" }'),
    ).not.toHaveProperty('known');
  });

  test('a local server needs no key and takes one', () => {
    expect(provider('ollama', '{}')).toMatchObject({ authorisation: { kind: 'none' } });
    expect(provider('vllm', '{ apiKey: "env:VLLM_KEY" }')).toMatchObject({
      authorisation: { scheme: 'bearer', key: { name: 'VLLM_KEY' } },
    });
  });

  test('header values are text or references', () => {
    expect(provider('openai', '{ headers: { OpenAI-Organization: org-1, x-team: "env:TEAM" } }')?.headers).toEqual({
      'OpenAI-Organization': 'org-1',
      'x-team': { kind: 'env', name: 'TEAM' },
    });
  });
});

describe('targets', () => {
  const text = `providers:
  openai:
    quirks: { systemRole: developer, sampling: true }
    models:
      gpt-5.6: { contextWindow: 1000, abilities: { vision: no, audio: unknown }, quirks: { sampling: false }, price: { inputPerMillion: 1, outputPerMillion: 2 } }
routes: { a: { targets: [openai/gpt-5.6, openai/gpt-5.6-luna] } }
`;
  const resolved = resolve(text);
  const [first, second] = resolved.routes.get('a')?.targets.map(({ target }) => target) ?? [];

  test('the words of the operator on a model win over those on its provider, and both over the catalogue', () => {
    expect(first?.quirks).toMatchObject({
      systemRole: 'developer',
      sampling: false,
      maxTokensField: 'max_completion_tokens',
      thinking: 'effort',
    });
    expect(second?.quirks).toMatchObject({ systemRole: 'developer', sampling: true });
  });

  test('facts that the operator states replace those of the catalogue one by one', () => {
    expect(first?.capabilities).toMatchObject({ contextWindow: 1_000, maxOutputTokens: 128_000 });
    expect(first?.capabilities.abilities).toMatchObject({ vision: 'no', audio: 'unknown', tools: 'yes' });
    expect(second?.capabilities.contextWindow).toBe(1_050_000);
  });

  test('every fact can be stated, and a model may run elsewhere than its provider', () => {
    const stated = resolve(`providers:
  openai:
    region: us
    models:
      gpt-5.6: { maxInputTokens: 900, tokenFactor: 1.5, languages: [de, pt-BR], region: eu, retentionDays: 0, tier: small, sameModel: mine, abilities: { streaming: no } }
routes: { a: { targets: [openai/gpt-5.6, openai/gpt-5.6-luna] } }
`);
    const [one, two] = stated.routes.get('a')?.targets.map(({ target }) => target) ?? [];
    expect(one).toMatchObject({
      region: 'eu',
      languages: ['de', 'pt-BR'],
      retentionDays: 0,
      tier: 'small',
      sameModel: 'mine',
      tokens: { textFactor: 1.5, audioSecondTokens: 10 },
      capabilities: { maxInputTokens: 900, abilities: { streaming: 'no' } },
    });
    expect(two).toMatchObject({ region: 'us', tier: 'small', sameModel: 'gpt-5.6-luna' });
  });

  test('prices are listed by target', () => {
    expect([...resolved.prices]).toEqual([['openai/gpt-5.6', { inputPerMillion: 1, outputPerMillion: 2 }]]);
  });

  test('a raw target is a route of its own, with the words of the operator on the model', () => {
    const raw = routeForRawTarget(resolved, 'openai/gpt-5.6');
    expect(raw).toMatchObject({ name: 'openai/gpt-5.6', policy: { kind: 'single' }, workload: 'interactive' });
    expect(raw?.targets.map(({ target }) => target)).toEqual([first]);
  });

  test('a model name may hold slashes', () => {
    expect(routeForRawTarget(resolved, 'openai/a/b')?.targets[0]?.target).toMatchObject({
      provider: 'openai',
      model: 'a/b',
    });
  });

  test.each(['gpt-5.6', 'nowhere/m', 'openai/', '/m', '', 'openai/a\nb', 'openai/a b', `openai/${'m'.repeat(300)}`])(
    '%j is no raw target',
    (id) => expect(routeForRawTarget(resolved, id)).toBeUndefined(),
  );
});

describe('health', () => {
  const withHealth = (health: string) =>
    resolve(`providers: { openai: {} }\nroutes: { a: { targets: [openai/x] } }\n${health}`).health;

  test('is what the mechanisms have by default', () => {
    expect(withHealth('')).toEqual({
      breaker: DEFAULT_BREAKER,
      retryBudget: DEFAULT_RETRY_BUDGET,
      slow: DEFAULT_SLOW,
      headroom: DEFAULT_HEADROOM,
      adaptive: DEFAULT_ADAPTIVE,
    });
  });

  test('every option arrives', () => {
    const health = withHealth(
      'health: { breaker: { consecutive: 2, failureShare: 0.2, minimumSamples: 3, window: 5s, probeInterval: 4s, probeIntervalMax: 9s, rampDwell: 1s, isolate: 6s }, retryBudget: { ratio: 0.1, perSecond: 3 } }\n',
    );
    expect(health.breaker).toEqual({
      ...DEFAULT_BREAKER,
      consecutive: 2,
      failureShare: 0.2,
      minimumSamples: 3,
      windowMs: 5_000,
      probeIntervalMs: 4_000,
      probeIntervalMaxMs: 9_000,
      ramp: { ...DEFAULT_BREAKER.ramp, dwellMs: 1_000 },
      isolateMs: 6_000,
    });
    expect(health.retryBudget).toEqual({ ...DEFAULT_RETRY_BUDGET, ratio: 0.1, perSecond: 3 });
  });

  test('every option of slowness, headroom and adaptive limits arrives', () => {
    const health = withHealth(
      'health: { slow: { firstContent: 10s, tokenTime: 200ms, for: 30s, samples: 4 }, headroom: { reserve: 0.1 }, adaptiveTimeouts: { enabled: false, factor: 5, samples: 20 } }\n',
    );
    expect(health.slow).toEqual({ firstContentMs: 10_000, tokenMs: 200, forMs: 30_000, minimumSamples: 4 });
    expect(health.headroom).toEqual({ reserve: 0.1 });
    expect(health.adaptive).toEqual({ ...DEFAULT_ADAPTIVE, enabled: false, factor: 5, minimumSamples: 20 });
  });

  test('what is too slow at one provider holds for its targets alone', () => {
    const { routes } = resolve(
      'providers: { openai: { slow: { firstContent: 20s } }, anthropic: {} }\nroutes: { a: { targets: [openai/x, anthropic/y] } }\n',
    );
    expect(routes.get('a')?.targets.map(({ slow }) => slow)).toEqual([{ firstContentMs: 20_000 }, undefined]);
  });

  test.each(['probeInterval: 10m', 'probeIntervalMax: 1s'])(
    'one interval alone (%s) gives a policy that the breaker takes',
    (option) => {
      const { breaker } = withHealth(`health: { breaker: { ${option} } }\n`);
      expect(() => new Breaker(breaker, 0)).not.toThrow();
      expect(breaker.probeIntervalMs).toBeLessThanOrEqual(breaker.probeIntervalMaxMs);
    },
  );
});

test('a configuration without a server listens on this machine alone', () => {
  const { server, storage, telemetry } = resolve('providers: { openai: {} }\nroutes: { a: { targets: [openai/x] } }\n');
  expect(server).toMatchObject({
    host: '127.0.0.1',
    port: 4_141,
    keys: [],
    strictCompat: false,
    drain: { delayMs: 0, graceMs: 30_000 },
  });
  expect(server.limits).toMatchObject({
    maxBodyBytes: 20_971_520,
    maxMessages: 2_000,
    maxTools: 256,
    maxDepth: 64,
    loopDelayMs: 50,
    readerRate: 1_024,
  });
  // The memory that there is decides.
  expect(server.limits).not.toHaveProperty('maxStreams');
  expect(storage).toEqual({ kind: 'sqlite', file: './data/understudy.db' });
  expect(telemetry).toEqual({ logLevel: 'info', logFormat: 'json', metrics: true });
});

test('storage as an object arrives with its key and its checkpoints', () => {
  const head = 'providers: { openai: {} }\nroutes: { a: { targets: [openai/x] } }\n';
  const storage = (text: string) => resolve(`${head}storage: ${text}\n`).storage;
  expect(storage('{ url: "sqlite:/var/l.db", sealKey: "env:SEALS", checkpoints: /mnt/audit.jsonl }')).toEqual({
    kind: 'sqlite',
    file: '/var/l.db',
    sealKey: { kind: 'env', name: 'SEALS' },
    checkpoints: '/mnt/audit.jsonl',
  });
  expect(storage('{}')).toEqual({ kind: 'sqlite', file: './data/understudy.db' });
});

test('server, storage and telemetry arrive', () => {
  const resolved = resolve(`server:
  host: 10.0.0.1
  port: 8443
  adminKey: "env:ADMIN"
  keys: [{ name: web, key: "file:/run/web", routes: [a] }, { name: all, key: "env:ALL" }]
  strictCompat: true
  limits: { body: 1MiB, headers: 50, headerBytes: 8KiB, messages: 10, tools: 5, depth: 16, headersTimeout: 1s, bodyTimeout: 2s, streams: 7, connectionsPerAddress: 9, loopDelay: 80ms, stalledReader: 3s, readerRate: 2KiB }
  drain: { delay: 4s, grace: 5s }
  watch: true
providers: { openai: {} }
routes: { a: { description: Hello., targets: [openai/x] } }
storage: "sqlite:/var/lib/understudy.db"
telemetry: { logLevel: debug, logFormat: pretty, metrics: false }
`);
  expect(resolved.server).toEqual({
    host: '10.0.0.1',
    port: 8443,
    adminKey: { kind: 'env', name: 'ADMIN' },
    keys: [
      { name: 'web', key: { kind: 'file', name: '/run/web' }, routes: ['a'] },
      { name: 'all', key: { kind: 'env', name: 'ALL' } },
    ],
    strictCompat: true,
    limits: {
      maxBodyBytes: 1_048_576,
      maxHeaders: 50,
      maxHeaderBytes: 8_192,
      maxMessages: 10,
      maxTools: 5,
      maxDepth: 16,
      headersTimeoutMs: 1_000,
      bodyTimeoutMs: 2_000,
      maxStreams: 7,
      maxConnectionsPerAddress: 9,
      loopDelayMs: 80,
      stalledReaderMs: 3_000,
      readerRate: 2_048,
    },
    drain: { delayMs: 4_000, graceMs: 5_000 },
    watch: true,
    workers: 1,
  });
  expect(resolved.storage).toEqual({ kind: 'sqlite', file: '/var/lib/understudy.db' });
  expect(resolved.telemetry).toEqual({ logLevel: 'debug', logFormat: 'pretty', metrics: false });
  expect([...resolved.descriptions]).toEqual([['a', 'Hello.']]);
});

test.each(['127.0.0.1', '127.8.8.8', '::1', '[::1]', 'localhost', 'LOCALHOST'])(
  '%s is loopback and needs no keys',
  (host) => {
    expect(
      resolve(`server: { host: "${host}" }\nproviders: { openai: {} }\nroutes: { a: { targets: [openai/x] } }\n`).server
        .keys,
    ).toEqual([]);
  },
);

test('limits of a target hold on every route, because its lane is one', () => {
  const text = `providers: { openai: {} }
routes:
  a: { targets: [{ target: openai/x, limits: { concurrency: 7 } }] }
  b: { targets: [openai/x] }`;
  const resolved = resolve(text);
  expect(resolved.routes.get('b')?.targets[0]?.gate.concurrency).toBe(7);
  expect(routeForRawTarget(resolved, 'openai/x')?.targets[0]?.gate.concurrency).toBe(7);
});
