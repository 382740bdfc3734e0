// `npm start`: installs and builds what is missing, then serves. Arguments after `--` go to `understudy serve`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from './ensure.mjs';

ensureInstalled();
ensureBuilt();
const child = spawn(process.execPath, [join(root, 'bin', 'understudy.js'), 'serve', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// The gateway drains and then decides the exit code.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));

// npm hands a SIGTERM to its shell, and that shell dies of it without a word to us: a gateway nobody owns would go on.
if (process.env.npm_lifecycle_event === 'start') {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 250);
}
