// What README.md promises: `npm start` serves the demo, the line that it prints gives an answer, and SIGTERM ends it.
// Twice: through npm, which must leave no gateway behind, and without it, where the exit code can be seen.
import { spawn, spawnSync } from 'node:child_process';
import { root } from './ensure.mjs';

const LIMIT_MS = 120_000;
// Nothing of this machine but what Node needs: a provider key would turn the demo into something else.
const env = { PATH: process.env.PATH, HOME: process.env.HOME, CI: 'true', PORT: '0' };

/** Starts, asks with the printed line, sends SIGTERM to the process that was started; gives its exit code and the URL. */
function serveOnce(command, args) {
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  return new Promise((resolve) => {
    const giveUp = (why) => {
      process.stderr.write(`smoke: ${command} ${args.join(' ')}: ${why}\n`);
      if (child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      process.exit(1);
    };
    const late = setTimeout(() => giveUp(`not done within ${LIMIT_MS / 1000} s`), LIMIT_MS);
    let said = '';
    let url;
    child.stdout.on('data', (data) => {
      said += data;
      if (url !== undefined || !/Heal it/.test(said)) return;
      const line = /^\s*(curl -i .*)$/m.exec(said)?.[1] ?? '';
      url = /curl -i (http:\/\/[^/]+)/.exec(line)?.[1] ?? '';
      const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
      if (status !== 0 || !stdout.startsWith('HTTP/1.1 200')) giveUp(`${line}\n${stdout}${stderr}`);
      if (!stdout.includes('x-understudy-served-by: sim-openai/')) giveUp(`nobody says who served:\n${stdout}`);
      child.kill('SIGTERM');
    });
    child.on('exit', (code) => {
      clearTimeout(late);
      if (url === undefined) giveUp('it ended before it was ready');
      resolve({ code, url, group: -child.pid });
    });
  });
}

async function isGone(url) {
  for (let tries = 0; tries < 100; tries += 1) {
    const there = await fetch(`${url}/health/live`).then(
      () => true,
      () => false,
    );
    if (!there) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

const direct = await serveOnce(process.execPath, ['scripts/start.mjs']);
const throughNpm = await serveOnce('npm', ['start', '--silent']);
if (direct.code !== 0) process.stderr.write(`smoke: SIGTERM ended it with ${direct.code}, not 0\n`);
const left = !(await isGone(throughNpm.url));
if (left) {
  process.stderr.write(`smoke: npm has ended and ${throughNpm.url} still answers\n`);
  process.kill(throughNpm.group, 'SIGKILL');
}
if (direct.code !== 0 || left) process.exit(1);
process.stdout.write('smoke: served, drained, exit 0, nothing left behind\n');
