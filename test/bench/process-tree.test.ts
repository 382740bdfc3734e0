import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { familyOf, ticksOf, usageOf } from '../../bench/process-tree.ts';

test('a program with brackets and blanks in its name', () => {
  const stat = '12 (a) b (c) S 1 1 1 0 -1 4194304 100 0 0 0 70 30 4 2 20 0 1 0';
  expect(ticksOf(stat)).toEqual([100, 6]);
});

test.runIf(process.platform === 'linux')('the time of a child counts as its parent’s', async () => {
  const busy =
    'const until = Date.now() + 150; while (Date.now() < until); process.send(1); setInterval(() => {}, 1e6);';
  const before = usageOf(process.pid);
  const child = fork('-e', [busy], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  try {
    await once(child, 'message');
    const after = usageOf(process.pid);
    expect(familyOf(process.pid)).toContain(child.pid);
    const alone = usageOf(child.pid ?? 0);
    expect(alone.cpuMicros).toBeGreaterThan(20_000);
    expect(after.cpuMicros - before.cpuMicros).toBeGreaterThanOrEqual(alone.cpuMicros / 2);
    expect(alone.rssBytes).toBeGreaterThan(10 * 2 ** 20);
  } finally {
    child.kill('SIGKILL');
  }
});
