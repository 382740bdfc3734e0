// `npm start`: installs and builds what is missing, then serves. Arguments after `--` go to `understudy serve`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from './ensure.mjs';

ensureInstalled();
ensureBuilt();
const child = spawn(process.execPath, [join(root, 'bin', 'understudy.js'), 'serve', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// npm hands signals to us; the gateway drains and then decides the exit code.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
