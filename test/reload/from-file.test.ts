import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reload } from '../../src/cli/reload.ts';
import { reloadOnSignal } from '../../src/cli/reload-signal.ts';
import type { ReloadOutcome } from '../../src/compose.ts';
import { eventually } from '../kit/eventually.ts';
import { ADMIN_KEY, startFileHouse } from './file-house.ts';

let house: Awaited<ReturnType<typeof startFileHouse>>;
beforeAll(async () => {
  house = await startFileHouse();
});
afterAll(() => house.close());

async function post(body: object = {}): Promise<{ status: number | undefined; outcome: ReloadOutcome }> {
  const { status, text } = await house.admin('POST', '/admin/reload', body);
  return { status, outcome: JSON.parse(text) as ReloadOutcome };
}

async function understudyReload(flags: { check?: boolean }) {
  process.env.UNDERSTUDY_ADMIN_KEY = ADMIN_KEY;
  const lines: string[] = [];
  const output = { json: false, data: (line: string) => void lines.push(line), say: () => {} };
  try {
    const code = await reload({ gateway: house.gateway.url, config: house.file, ...flags }, output);
    return { code, text: lines.join('\n') };
  } finally {
    delete process.env.UNDERSTUDY_ADMIN_KEY;
  }
}

async function metric(name: string): Promise<string | undefined> {
  const { text } = await house.admin('GET', '/metrics');
  return text.split('\n').find((line) => line.startsWith(name));
}

/** The targets as they stand, without what time alone changes. */
async function standing(): Promise<string> {
  const { text } = await house.admin('GET', '/admin/targets');
  return text.replace(/"(retryBudget|remaining|resetMs)":[\d.]+/g, '"$1":0');
}

describe('POST /admin/reload', () => {
  test('wants the admin key', async () => {
    const answer = await fetch(`${house.gateway.url}/admin/reload`, { method: 'POST' });
    expect(answer.status).toBe(401);
  });

  test('tells what would change, then changes it, then has nothing to change', async () => {
    await house.write(house.text({ targets: 'beta/steady-1' }));
    const changes = { routes: { changed: ['reply'] }, targets: { removed: ['alpha/steady-1'] } };
    expect(await post({ check: true })).toMatchObject({ status: 200, outcome: { outcome: 'would-reload', changes } });
    expect((await house.ask()).headers['x-understudy-served-by']).toBe('alpha/steady-1');
    expect(await post()).toMatchObject({ status: 200, outcome: { outcome: 'reloaded', generation: 2, changes } });
    expect((await house.ask()).headers['x-understudy-served-by']).toBe('beta/steady-1');
    expect(await post()).toMatchObject({ status: 200, outcome: { outcome: 'unchanged', generation: 2 } });
    expect(await metric('understudy_config_generation')).toBe('understudy_config_generation 2');
    expect(await metric('understudy_config_reloads_total{outcome="reloaded"}')).toMatch(/ 1$/);
    expect(await metric('understudy_config_last_success_timestamp_seconds')).toMatch(/ 1[\d.]{9,}$|e\+9$/);
  });

  test('a secret in a file that has changed is a change, of the name alone', async () => {
    await writeFile(join(house.folder, 'admin.key'), 'another-key-of-admin-0123');
    const { outcome } = await post();
    expect(outcome).toMatchObject({ outcome: 'reloaded', changes: { sections: ['server.adminKey'] } });
    expect((await house.admin('POST', '/admin/reload', {})).status).toBe(401);
    await writeFile(join(house.folder, 'admin.key'), ADMIN_KEY);
    expect(await house.gateway.reload()).toMatchObject({ outcome: 'reloaded' });
    expect(`${JSON.stringify(outcome)}${house.logs.join('')}`).not.toContain('another-key');
  });

  const secret =
    "provider: \"gamma: { dialect: openai-chat, baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'file:/not/there' }\"";
  test.each([
    ['broken YAML', 400, () => `${house.text()}\n  ]broken`, { line: expect.any(Number) }],
    ['an unknown field', 400, () => house.text({ route: 'tragets: []' }), { path: 'routes.reply.tragets', line: 6 }],
    [
      'a provider that is not there',
      400,
      () => house.text({ targets: 'nobody/x' }),
      { path: 'routes.reply.targets[0]', line: 6 },
    ],
    [
      'a prompt that is not there',
      400,
      () => house.text({ route: 'prompt: none' }),
      { path: 'routes.reply.prompt', line: 6 },
    ],
    [
      'a secret that is not there',
      400,
      () => house.text({ provider: secret.slice(11, -1) }),
      { path: 'providers.gamma.apiKey', line: 5, message: expect.stringContaining('/not/there cannot be read') },
    ],
    ['another port', 409, () => house.text({ port: 65_000 }), { path: 'server.port' }],
  ])('%s: nothing changes, and the answer says what is wrong and where', async (_, status, text, problem) => {
    const before = await standing();
    await house.write(text());
    const answer = await post();
    expect(answer).toMatchObject({
      status,
      outcome: {
        outcome: 'refused',
        problems: expect.arrayContaining([expect.objectContaining({ file: house.file, ...problem })]),
      },
    });
    expect(await standing()).toBe(before);
    expect((await house.ask()).status).toBe(200);
  });

  test('a file that is gone, and a body that is none', async () => {
    await rm(house.file);
    expect(await post()).toMatchObject({ status: 400, outcome: { outcome: 'refused', because: 'invalid' } });
    expect((await house.admin('POST', '/admin/reload', { chekc: true })).status).toBe(400);
    await house.write(house.text());
    expect((await post()).outcome.outcome).toBe('reloaded');
  });
});

test('`understudy reload` says in words what changed, what would, and what is wrong', async () => {
  await house.write(house.text({ targets: 'beta/steady-1, alpha/steady-1', more: 'retention: { requests: 30d }' }));
  const checked = await understudyReload({ check: true });
  expect(checked).toMatchObject({ code: 0, text: expect.stringContaining('routes changed: reply') });
  expect(checked.text).toContain('also changed: retention');
  expect(await understudyReload({})).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^reloaded: configuration \d+/),
  });
  expect(await understudyReload({})).toMatchObject({ code: 0, text: expect.stringMatching(/^unchanged/) });
  await house.write(house.text({ port: 65_000 }));
  const refused = await understudyReload({});
  expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('server.port: cannot change') });
  await house.write(house.text());
});

describe('without being asked over HTTP', () => {
  const say: string[] = [];
  const output = { json: false, data: () => {}, say: (line: string) => void say.push(line) };
  const serving = {
    files: () => house.files(),
    reload: (cause: 'signal' | 'watch') => house.gateway.reload(undefined, { cause }),
  };

  test('SIGHUP reloads', async () => {
    const end = reloadOnSignal(serving, false, output);
    await house.write(house.text({ targets: 'beta/steady-1' }));
    process.kill(process.pid, 'SIGHUP');
    await eventually(async () => house.gateway.config.routes.get('reply')?.targets.length, 1);
    end();
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });

  test('a changed file, a new prompt and links that are swapped as Kubernetes does are read; other files are not', async () => {
    const end = reloadOnSignal(serving, true, output);
    const generation = async () => Number((await metric('understudy_config_generation'))?.split(' ')[1]);
    try {
      const first = await generation();
      await house.write(house.text({ targets: 'alpha/steady-1' }));
      await eventually(generation, first + 1);
      await mkdir(join(house.folder, 'prompts'));
      await eventually(() => say, []);
      await writeFile(join(house.folder, 'prompts', 'hello.yaml'), 'role: Be kind.\n');
      await eventually(() => house.gateway.config.prompts?.names, ['hello']);
      for (const [version, targets] of [
        ['v1', 'beta/steady-1'],
        ['v2', 'alpha/steady-1, beta/steady-1'],
      ] as const) {
        await mkdir(join(house.folder, version));
        await writeFile(join(house.folder, version, 'understudy.yaml'), house.text({ targets }));
        await symlink(version, join(house.folder, '..data.new'));
        await rename(join(house.folder, '..data.new'), join(house.folder, '..data'));
        if (version === 'v1') {
          await symlink('..data/understudy.yaml', `${house.file}.link`);
          await rename(`${house.file}.link`, house.file);
        }
        const wanted = targets.split(', ');
        await eventually(
          () => house.gateway.config.routes.get('reply')?.targets.map(({ target }) => target.id),
          wanted,
        );
      }
    } finally {
      end();
    }
  });
});
