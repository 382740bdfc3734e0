// Brings a checkout to the point where it can run: installed when missing or stale, built when stale.
// Uses nothing but Node, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyPages } from './copy-pages.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const MIN_NODE = [20, 19];

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return;
  fail(
    `Understudy needs Node ${MIN_NODE.join('.')} or newer; this is ${process.versions.node}. Install Node 24 and try again.`,
  );
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(relative(root, file)).update('\0').update(readFileSync(file));
  return hash.digest('hex');
}

function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function isFresh(stamp, print) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === print;
}

export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (done.error) fail(`${command} could not be started: ${done.error.message}`);
  return done.status ?? 1;
}

/** `npm ci`, when node_modules is not what the lock file says for this Node version. */
export function ensureInstalled() {
  requireNode();
  const stamp = join(root, 'node_modules', '.understudy-stamp');
  const print = `${fingerprint([join(root, 'package-lock.json')])} ${process.versions.modules}`;
  if (isFresh(stamp, print)) return;
  // `npm ci` empties what the link points to, and that belongs to another checkout.
  if (isLink(join(root, 'node_modules')))
    fail('node_modules is a link to one that fits another package-lock.json; remove the link and try again.');
  process.stderr.write('Installing dependencies (once) …\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Data goes to standard output, so npm's words go to standard error.
  const status = run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] });
  if (status !== 0) fail('npm ci failed; its words above say why. A network to the npm registry is needed once.');
  writeFileSync(stamp, print);
}

const builtStamp = join(root, 'dist', '.understudy-stamp');

function sourcesPrint() {
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/bundle.mjs'].map((name) =>
    join(root, name),
  );
  return fingerprint([...filesBelow(join(root, 'src')), ...settings]);
}

/** True when dist is what the sources say. */
export function isBuilt() {
  return isFresh(builtStamp, sourcesPrint());
}

/** Compiles src to dist, when a source or the compiler's settings changed. */
export function ensureBuilt() {
  const print = sourcesPrint();
  if (isFresh(builtStamp, print)) return;
  process.stderr.write('Building …\n');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const status = run(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: ['ignore', 2, 2] });
  if (status !== 0) fail('The build failed; the errors above say where.');
  copyPages();
  if (run(process.execPath, [join(root, 'scripts', 'bundle.mjs')]) !== 0)
    fail('The build failed; the errors above say where.');
  writeFileSync(builtStamp, print);
}
