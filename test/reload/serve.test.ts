import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, start } from '../cli/understudy.ts';

const ROUTES = 'routes: { reply: { targets: [local/x] } }';
const config = (routes: string) =>
  [
    'server: { port: 0 }',
    'providers: { local: { dialect: openai-chat, baseUrl: "http://127.0.0.1:9/v1" } }',
    routes,
    'storage: "sqlite:./ledger.db"',
    '',
  ].join('\n');

test('`understudy serve` takes another file on SIGHUP, keeps what it has where that is wrong, and stops as before', async () => {
  const cwd = await emptyFolder();
  const file = join(cwd, 'understudy.yaml');
  await writeFile(file, config(ROUTES));
  const running = await start(['serve'], { cwd });
  const url = await running.said(/serves (http:\S+)/);
  await running.said(/curl/);
  const models = async () => JSON.stringify(await (await fetch(`${url}/v1/models`)).json());
  await writeFile(file, config(ROUTES.replace('} }', '}, other: { targets: [local/y] } }')));
  running.kill('SIGHUP');
  await running.said(/the configuration was taken/);
  expect(await models()).toContain('"other"');
  await writeFile(file, config('routes: { reply: { tragets: [] } }'));
  running.kill('SIGHUP');
  expect(await running.said(/"path":"(routes\.reply\.tragets)"/)).toBe('routes.reply.tragets');
  expect(await models()).toContain('"other"');
  running.kill('SIGTERM');
  expect((await running.ended).code).toBe(0);
});
