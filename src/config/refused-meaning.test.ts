import { describe, expect, test } from 'vitest';
import { accepted, inProvider, inRoute, inServer, problemsOf, type RefusedCase, reachable } from './test-kit.ts';

const CASES: RefusedCase[] = [
  [
    'two limits of one lane',
    'providers:\n  openai: {}\nroutes:\n  a: { targets: [{ target: openai/x, limits: { concurrency: 7 } }] }\n  b: { targets: [{ target: openai/x, limits: { concurrency: 8 } }] }\n',
    5,
    'routes.b.targets[0].limits',
    /share one lane/,
    /once/,
  ],
  [
    'a literal API key',
    'providers:\n  openai:\n    apiKey: sk-planted-0123456789\nroutes:\n  a: { targets: [openai/x] }\n',
    3,
    'providers.openai.apiKey',
    /literal value/,
    /env:NAME/,
  ],
  [
    'a literal admin key',
    inServer('  adminKey: planted-0123456789\n'),
    6,
    'server.adminKey',
    /literal value/,
    /env:NAME/,
  ],
  [
    'a literal caller key',
    inServer('  keys: [{ name: web, key: planted-0123456789 }]\n'),
    6,
    'server.keys[0].key',
    /literal value/,
    /file:/,
  ],
  [
    'a literal key in a header',
    inProvider(`${reachable}    headers: { api-key: planted-0123456789 }\n`),
    7,
    'providers.p.headers.api-key',
    /literal secret/,
    /env:NAME/,
  ],
  [
    'a key in a header of another name',
    inProvider(`${reachable}    headers: { x-team: sk-planted-0123456789 }\n`),
    7,
    'providers.p.headers.x-team',
    /literal secret/,
    /env:NAME/,
  ],
  [
    'a header that the gateway sets',
    inProvider(`${reachable}    headers: { Content-Type: text/plain }\n`),
    7,
    'providers.p.headers.Content-Type',
    /sets itself/,
    /leave it out/,
  ],
  [
    'two credentials',
    inProvider(`${reachable}    apiKey: "env:A"\n    headers: { api-key: "env:B" }\n`),
    8,
    'providers.p.headers.api-key',
    /beside apiKey/,
    /one of the two/,
  ],
  [
    'a line break in a header',
    inProvider(`${reachable}    headers: { x-a: "b\\nc" }\n`),
    7,
    'providers.p.headers.x-a',
    /no header may have/,
    /ASCII/,
  ],
  [
    'a header name with a space',
    inProvider(`${reachable}    headers: { "x a": b }\n`),
    7,
    'providers.p.headers["x a"]',
    /no header name/,
    /dashes/,
  ],

  [
    'an unknown provider without accepted URL',
    'providers:\n  mycorp: { dialect: openai-chat }\nroutes:\n  a: { targets: [mycorp/x] }\n',
    2,
    'providers.mycorp',
    /no known provider, so it needs baseUrl/,
    /baseUrl/,
  ],
  [
    'a mistyped known provider',
    'providers:\n  antropic: {}\nroutes:\n  a: { targets: [antropic/x] }\n',
    2,
    'providers.antropic',
    /needs dialect and baseUrl/,
    /did you mean "anthropic"/,
  ],
  [
    'azure without its address',
    'providers:\n  azure: { apiKey: "env:A" }\nroutes:\n  a: { targets: [azure/x] }\n',
    2,
    'providers.azure',
    /needs resource/,
    /AZURE_OPENAI_ENDPOINT/,
  ],
  [
    'an unknown dialect',
    'providers:\n  p: { dialect: openai-chatt, baseUrl: "http://x" }\nroutes:\n  a: { targets: [p/x] }\n',
    2,
    'providers.p.dialect',
    /not known here/,
    /did you mean "openai-chat"/,
  ],
  [
    'a accepted URL of another scheme',
    inProvider('    baseUrl: ftp://x/v1\n'),
    6,
    'providers.p.baseUrl',
    /no http/,
    /https/,
  ],
  [
    'a accepted URL that is none',
    inProvider('    baseUrl: localhost/v1\n'),
    6,
    'providers.p.baseUrl',
    /no http/,
    /https/,
  ],
  [
    'a password in the accepted URL',
    inProvider('    baseUrl: http://u:planted-0123456789@x/v1\n'),
    6,
    'providers.p.baseUrl',
    /user name or password/,
    /apiKey/,
  ],
  [
    'a key in the query of the accepted URL',
    inProvider('    baseUrl: "https://x/v1?key=planted-0123456789"\n'),
    6,
    'providers.p.baseUrl',
    /query/,
    /apiKey/,
  ],
  [
    'a provider name with a slash',
    'providers:\n  a/b: { dialect: openai-chat, baseUrl: "http://x" }\nroutes:\n  r: { targets: [a/b/c] }\n',
    2,
    'providers["a/b"]',
    /no provider name/,
    /letters/,
  ],

  [
    'a target of an unknown provider',
    'providers: { openai: {} }\nroutes:\n  a:\n    targets: [openai/x, opnai/y]\n',
    4,
    'routes.a.targets[1]',
    /no provider "opnai"/,
    /did you mean "openai"/,
  ],
  [
    'a target of a known provider that is not configured',
    'providers: { openai: {} }\nroutes:\n  a:\n    targets: [openai/x, anthropic/y]\n',
    4,
    'routes.a.targets[1]',
    /no provider "anthropic"/,
    /`anthropic: \{\}`/,
  ],
  [
    'a target without a provider',
    'providers: { openai: {} }\nroutes:\n  a: { targets: [gpt-5.6] }\n',
    3,
    'routes.a.targets[0]',
    /no target/,
    /provider\/model/,
  ],
  [
    'the same target twice',
    'providers: { openai: {} }\nroutes:\n  a: { targets: [openai/x, { target: openai/x }] }\n',
    3,
    'routes.a.targets[1].target',
    /stands twice/,
    /attempts/,
  ],
  [
    'a route named like a target',
    'providers: { openai: {} }\nroutes:\n  openai/x: { targets: [openai/x] }\n',
    3,
    'routes["openai/x"]',
    /no route name/,
    /slash means provider\/model/,
  ],
  [
    'one target and a policy for more',
    'providers: { openai: {} }\nroutes:\n  a:\n    targets: [openai/x, openai/y]\n    failover: { policy: single }\n',
    5,
    'routes.a.failover.policy',
    /first target alone/,
    /hot-cold/,
  ],
  [
    'a budget beyond the deadline',
    inRoute('    failover: { primaryBudget: 40s, deadline: 30s }\n'),
    6,
    'routes.a.failover.primaryBudget',
    /longer than the deadline/,
    /shorter/,
  ],
  [
    'a port open to others without keys',
    inServer('  host: 0.0.0.0\n'),
    6,
    'server.host',
    /reachable from other machines/,
    /server\.keys/,
  ],
  [
    'two callers of one name',
    inServer('  keys: [{ name: w, key: "env:A" }, { name: w, key: "env:B" }]\n'),
    6,
    'server.keys[1].name',
    /another key/,
    /own name/,
  ],
  [
    'a caller of an unknown route',
    inServer('  keys: [{ name: w, key: "env:A", routes: [b] }]\n'),
    6,
    'server.keys[0].routes[0]',
    /no route "b"/,
    /did you mean "a"|routes are: a/,
  ],
  [
    'a longest interval below the first',
    `${accepted}health: { breaker: { probeInterval: 30s, probeIntervalMax: 10s } }\n`,
    5,
    'health.breaker.probeIntervalMax',
    /shorter/,
    /as long/,
  ],
];

describe('a configuration that contradicts itself or gives a secret away: the error points at the line and says what to write', () => {
  test.each(CASES)('%s', (_situation, text, line, path, message, fix) => {
    const found = problemsOf(text);
    expect(found).toHaveLength(1);
    const [problem] = found;
    expect(problem).toMatchObject({ file: 'understudy.yaml', line, path });
    expect(problem?.message).toMatch(message);
    if (fix) expect(problem?.fix).toMatch(fix);
    else expect(problem?.fix).toBeUndefined();
  });
});

test('no error of these holds a planted secret', () => {
  for (const [, text] of CASES) expect(JSON.stringify(problemsOf(text))).not.toContain('planted');
});
