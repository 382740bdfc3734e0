// What a compiler does not carry along: scripts and styles of pages that are read when a page is made.
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const FOLDERS = ['rehearsal/reports/page'];

/** Copies them from src to dist. */
export function copyPages() {
  for (const folder of FOLDERS) {
    const [from, to] = [join(root, 'src', folder), join(root, 'dist', folder)];
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from).filter((one) => /\.(js|css)$/.test(one)))
      copyFileSync(join(from, name), join(to, name));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) copyPages();
