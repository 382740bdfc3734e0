import { expect, it } from 'vitest';
import { checkConfig } from '../config/parse.ts';
import { resolveConfig } from '../config/resolve.ts';
import { KeeperError } from './keeper-error.ts';
import { startProblem } from './start-problem.ts';

const config = resolveConfig(
  checkConfig(
    {
      server: { port: 4200 },
      providers: { alpha: { dialect: 'openai-chat', baseUrl: 'http://127.0.0.1:9' } },
      routes: { reply: { targets: ['alpha/one'] } },
    },
    'test',
  ),
  {},
);
const coded = (code: string) => Object.assign(new Error('listen'), { code });
const named = (name: string) => Object.assign(new Error('it is wrong'), { name });

it('whoever started the gateway is told what to do, with the exit code of the command', () => {
  expect(startProblem(coded('EADDRINUSE'), config)).toEqual({
    exitCode: 4,
    message: '127.0.0.1:4200 is taken; set PORT or server.port to another one',
  });
  expect(startProblem(coded('EACCES'), config)).toMatchObject({
    exitCode: 4,
    message: expect.stringContaining('above 1023'),
  });
  expect(startProblem(named('ConfigError'), config)).toEqual({ exitCode: 2, message: 'it is wrong' });
  expect(startProblem(named('SecretError'), undefined)).toMatchObject({ exitCode: 2 });
  expect(startProblem('gone', undefined)).toEqual({ exitCode: 4, message: 'gone' });
  // What a worker has found out its keeper tells as it is.
  expect(startProblem(new KeeperError('said by a worker', 2), config)).toMatchObject({
    exitCode: 2,
    message: 'said by a worker',
  });
});
