import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Inside `node_modules`, so that compiled files find their packages, and nothing else finds them. */
const CACHE = join(ROOT, 'node_modules', '.cache');

/** The sources as they are now, compiled into a folder of their own. */
export interface CompiledSources {
  /** Where `compose.js` is. */
  readonly folder: string;
  remove(): void;
}

export function compileSources(): CompiledSources {
  mkdirSync(CACHE, { recursive: true });
  const home = mkdtempSync(join(CACHE, 'understudy-crash-'));
  const folder = join(home, 'dist');
  // It says that these are modules, and which version they are.
  copyFileSync(join(ROOT, 'package.json'), join(home, 'package.json'));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', folder, '--declaration', 'false'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  // A type error is for the type check to report; the files are there all the same.
  if (!existsSync(join(folder, 'compose.js'))) throw new Error(`the sources could not be compiled: ${stdout}`);
  return { folder, remove: () => rmSync(home, { recursive: true, force: true }) };
}
