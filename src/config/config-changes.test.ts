import { expect, test } from 'vitest';
import { configChanges, isUnchanged, needsRestart } from './config-changes.ts';
import { parseConfig } from './parse.ts';
import { resolveConfig } from './resolve.ts';
import type { ResolvedConfig } from './resolved-config.ts';

const PROVIDERS = 'openai: { models: { x: { price: { inputPerMillion: 1, outputPerMillion: 2 } } } }';
const ROUTES = 'a: { targets: [openai/x, openai/y] }, b: { description: Hello., targets: [openai/x] }';

function config(over: { providers?: string; routes?: string; more?: string } = {}): ResolvedConfig {
  const { providers = PROVIDERS, routes = ROUTES, more = '' } = over;
  return resolveConfig(parseConfig(`providers: { ${providers} }\nroutes: { ${routes} }\n${more}\n`, 'x'), {});
}

const NOTHING = { added: [], removed: [], changed: [] };

test('the same text is the same configuration', () => {
  const changes = configChanges(config(), config());
  expect(isUnchanged(changes)).toBe(true);
  expect(changes).toEqual({ routes: NOTHING, targets: NOTHING, providers: NOTHING, prompts: NOTHING, sections: [] });
});

test.each([
  [
    'a route that is gone',
    { routes: 'a: { targets: [openai/x, openai/y] }' },
    { routes: { ...NOTHING, removed: ['b'] } },
  ],
  [
    'another order of targets',
    { routes: ROUTES.replace('openai/x, openai/y', 'openai/y, openai/x') },
    { routes: { ...NOTHING, changed: ['a'] }, targets: NOTHING },
  ],
  ['words for people', { routes: ROUTES.replace('Hello', 'Good day') }, { routes: { ...NOTHING, changed: ['b'] } }],
  ['a price', { providers: PROVIDERS.replace('1,', '3,') }, { providers: { ...NOTHING, changed: ['openai'] } }],
  ['a section', { more: 'health: { breaker: { consecutive: 7 } }' }, { sections: ['health'] }],
  ['budgets of tags', { more: 'tags: { nightly: { spend: { perDay: 5 } } }' }, { sections: ['tags'] }],
  ['a field of the server', { more: 'server: { limits: { depth: 16 } }' }, { sections: ['server.limits.depth'] }],
])('%s is told by its name', (_, over, expected) => {
  const changes = configChanges(config(), config(over));
  expect(changes).toMatchObject(expected);
  expect(isUnchanged(changes)).toBe(false);
  expect(needsRestart(config(), config(over), 'x')).toEqual([]);
});

test.each([
  ['server: { host: 127.0.0.2 }', 'server.host'],
  ['server: { limits: { body: 1MiB } }', 'server.limits.body'],
  ['server: { limits: { headersTimeout: 3s } }', 'server.limits.headersTimeout'],
  ['server: { limits: { headerBytes: 4KiB } }', 'server.limits.headerBytes'],
  ['server: { watch: true }', 'server.watch'],
  ['storage: "sqlite:./other.db"', 'storage'],
  ['telemetry: { logFormat: pretty }', 'telemetry.logFormat'],
])('%s needs a restart', (more, path) => {
  const problems = needsRestart(config(), config({ more }), 'x');
  expect(problems).toMatchObject([{ file: 'x', path }]);
});
