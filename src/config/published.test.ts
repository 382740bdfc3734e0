import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { WORKLOADS } from '../engine/route.ts';
import { secretsOf } from '../model/authorisation.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { renderConfigDocs } from './docs.ts';
import { type InitAnswers, renderConfig } from './init.ts';
import { configJsonSchema, renderJsonSchema, type SchemaNode, schemaAt } from './json-schema.ts';
import { parseConfig } from './parse.ts';
import { resolveConfig } from './resolve.ts';

const root = new URL('../../', import.meta.url);
const examples = readdirSync(new URL('examples/', root)).filter((name) => name.endsWith('.yaml'));
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
const validate = new Ajv({ strict: false }).compile(JSON.parse(renderJsonSchema()));

describe('examples', () => {
  test('there are some', () => expect(examples.length).toBeGreaterThanOrEqual(3));

  test.each(examples)('%s is accepted by the gateway and by the published schema', (name) => {
    const written = text(`examples/${name}`);
    expect(resolveConfig(parseConfig(written, name)).routes.size).toBeGreaterThan(0);
    expect(validate(parse(written))).toBe(true);
    expect(written.split('\n')[0]).toBe('# yaml-language-server: $schema=../understudy.schema.json');
  });
});

test('the example in the documentation is accepted', () => {
  const [, example] = /```yaml\n([\s\S]*?)```/.exec(renderConfigDocs()) ?? [];
  expect(() => parseConfig(example ?? '', 'docs')).not.toThrow();
});

test('the published schema refuses what the gateway refuses', () => {
  const good = { providers: { openai: {} }, routes: { a: { targets: ['openai/x'] } } };
  expect(validate(good)).toBe(true);
  expect(validate({ ...good, telemtry: {} })).toBe(false);
  expect(validate({ ...good, providers: { openai: { apiKey: 'sk-1' } } })).toBe(false);
  expect(validate({ ...good, routes: { a: { targets: ['openai/x'], failover: { deadline: 8 } } } })).toBe(false);
  expect(validate({ ...good, routes: { 'a/b': { targets: ['openai/x'] } } })).toBe(false);
});

function everyOption(node: SchemaNode, path: string): [string, SchemaNode][] {
  const named = Object.entries(node.properties ?? {}).map(([name, option]): [string, SchemaNode] => [
    `${path}.${name}`,
    option,
  ]);
  const inner = [
    ...(node.anyOf ?? []),
    ...(node.items ? [node.items] : []),
    ...(node.additionalProperties ? [node.additionalProperties] : []),
  ];
  const below = [...named, ...inner.map((option): [string, SchemaNode] => [path, option])];
  return [...named, ...below.flatMap(([at, option]) => everyOption(option, at))];
}

const options = [...new Map(everyOption(configJsonSchema(), ''))];

test.each(options)('%s has a description', (_path, option) => expect(option.description).toMatch(/\w.*\.$/));

test('the documentation names every option', () => {
  const docs = renderConfigDocs();
  for (const [path] of options) expect(docs).toContain(`| \`${path.split('.').at(-1)}\` |`);
  expect(options.length).toBeGreaterThan(80);
});

test('documented defaults are the ones in force', () => {
  const bare = resolveConfig(
    parseConfig('providers: { openai: {} }\nroutes: { a: { targets: [openai/x] } }\n', 'bare'),
  );
  const said = (...path: string[]) => schemaAt(path)?.default;
  const spelled = `server: { host: "${said('server', 'host')}", port: ${said('server', 'port')}, strictCompat: ${said('server', 'strictCompat')}, limits: ${all('server', 'limits')}, drain: ${all('server', 'drain')} }
providers: { openai: { limits: ${all('providers', 'openai', 'limits')} } }
routes: { a: { targets: [openai/x], workload: ${said('routes', 'a', 'workload')}, timeouts: ${all('routes', 'a', 'timeouts')}, audit: ${said('routes', 'a', 'audit')}, failover: { policy: hot-cold, reserve: ${said('routes', 'a', 'failover', 'reserve')}, attempts: ${said('routes', 'a', 'failover', 'attempts')}, hold: ${said('routes', 'a', 'failover', 'hold')}, recovery: ${said('routes', 'a', 'failover', 'recovery')}, onContentPolicy: ${said('routes', 'a', 'failover', 'onContentPolicy')} } } }
health: { breaker: ${all('health', 'breaker')}, retryBudget: ${all('health', 'retryBudget')}, slow: ${all('health', 'slow')}, headroom: ${all('health', 'headroom')}, adaptiveTimeouts: ${all('health', 'adaptiveTimeouts')} }
storage: "${said('storage', 'url')}"
stateMemory: ${all('stateMemory')}
telemetry: ${all('telemetry')}
`;
  expect(resolveConfig(parseConfig(spelled, 'spelled'))).toEqual(bare);
});

/** What the memory and the system allow, where nothing is written. */
const DECIDED_AT_START = new Set(['server.limits.streams', 'server.limits.connectionsPerAddress']);

function all(...path: string[]): string {
  const node = schemaAt(path);
  const names = Object.keys(node?.properties ?? {}).filter(
    (name) => !DECIDED_AT_START.has(`${path.join('.')}.${name}`),
  );
  const entries = names.map((name) => [name, schemaAt([...path, name])?.default]);
  expect(entries.every(([, value]) => value !== undefined)).toBe(true);
  return JSON.stringify(Object.fromEntries(entries));
}

test('every workload has its documented default with a reason', () => {
  for (const workload of WORKLOADS) expect(CONFIG_DEFAULTS.map(({ name }) => name)).toContain(`workload ${workload}`);
  for (const { reason, value } of CONFIG_DEFAULTS)
    expect([reason, value]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/./)]);
});

describe('what init writes', () => {
  const answers: InitAnswers = {
    providers: [
      { name: 'anthropic' },
      { name: 'google', keyVariable: 'MY_KEY' },
      { name: 'ollama' },
      { name: 'mine', dialect: 'openai-chat', baseUrl: 'http://127.0.0.1:9/v1' },
    ],
    route: {
      name: 'default',
      workload: 'critical',
      targets: ['anthropic/claude-opus-5-5', 'google/gemini-3.8-flash', 'ollama/llama3:8b', 'mine/@x'],
    },
    port: 4242,
  };

  test('is accepted, and says what was answered', () => {
    const resolved = resolveConfig(parseConfig(renderConfig(answers), 'understudy.yaml'));
    expect(resolved.server.port).toBe(4_242);
    expect([...resolved.providers.values()].map(({ authorisation }) => secretsOf(authorisation)[0]?.name)).toEqual([
      'ANTHROPIC_API_KEY',
      'MY_KEY',
      undefined,
      undefined,
    ]);
    const route = resolved.routes.get('default');
    expect(route?.workload).toBe('critical');
    expect(route?.targets.map(({ target }) => target.id)).toEqual(answers.route.targets);
  });

  test('begins with the line that editors look for', () => {
    expect(renderConfig(answers).split('\n')[0]).toBe(
      '# yaml-language-server: $schema=./node_modules/understudy/understudy.schema.json',
    );
  });

  test('a name that YAML would read as something else stays a name', () => {
    const odd = renderConfig({ ...answers, route: { ...answers.route, name: 'true' } });
    expect([...resolveConfig(parseConfig(odd, 'x')).routes.keys()]).toEqual(['true']);
    const number = renderConfig({ ...answers, route: { ...answers.route, name: '0x10' } });
    expect([...resolveConfig(parseConfig(number, 'x')).routes.keys()]).toEqual(['0x10']);
  });
});
