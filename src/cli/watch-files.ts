import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { FileSnapshot } from '../workers/file-snapshot.ts';

/** Time without a further change after which files are taken for finished, in milliseconds. */
export const SETTLED_MS = 500;
/** Longest time, in milliseconds, that changes upon changes put off the reading. */
export const SETTLED_AT_LAST_MS = 5_000;

/** Watches what a configuration was read from. */
export interface FileWatch {
  /** Watches these in the place of what was watched before. */
  follow(files: FileSnapshot): void;
  close(): void;
}

/**
 * Tells, soon after the last of several, of changes to files that were read, to folders that were listed, and of the
 * links that Kubernetes swaps under a mounted volume (`..data`). Whole folders are watched, because a file that is
 * replaced is another one to the system. `onTrouble`: a folder that cannot be watched.
 */
export function watchFiles(onChange: () => void, onTrouble: (problem: string) => void): FileWatch {
  const watched = new Map<string, FSWatcher>();
  let names = new Map<string, ReadonlySet<string> | 'all'>();
  let timer: NodeJS.Timeout | undefined;
  let since: number | undefined;
  const settled = () => {
    timer = undefined;
    since = undefined;
    onChange();
  };
  const changed = (folder: string, name: string | null) => {
    const known = names.get(folder);
    if (known === undefined) return;
    if (name !== null && known !== 'all' && !known.has(name) && !name.startsWith('..')) return;
    since ??= performance.now();
    clearTimeout(timer);
    timer = setTimeout(settled, Math.max(0, Math.min(SETTLED_MS, since + SETTLED_AT_LAST_MS - performance.now())));
  };
  const begin = (folder: string) => {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => changed(folder, name));
      watcher.on('error', (error) => {
        watcher.close();
        watched.delete(folder);
        onTrouble(`${folder} is not watched any more: ${error.message}`);
      });
      watched.set(folder, watcher);
    } catch (error) {
      onTrouble(`${folder} cannot be watched: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return {
    follow(files) {
      names = namesIn(files);
      for (const [folder, watcher] of watched) {
        if (names.has(folder)) continue;
        watcher.close();
        watched.delete(folder);
      }
      for (const folder of names.keys()) if (!watched.has(folder)) begin(folder);
    },
    close() {
      clearTimeout(timer);
      names = new Map();
      for (const watcher of watched.values()) watcher.close();
      watched.clear();
    },
  };
}

/** By folder, the names that matter there. Folders that are not there are not watched, but those that they would be in. */
function namesIn({ texts, absent, folders }: FileSnapshot): Map<string, ReadonlySet<string> | 'all'> {
  const found = new Map<string, Set<string>>();
  const gone = Object.entries(folders).flatMap(([folder, listed]) => (listed === null ? [folder] : []));
  for (const file of [...Object.keys(texts), ...absent, ...gone]) {
    const folder = dirname(file);
    found.set(folder, (found.get(folder) ?? new Set()).add(basename(file)));
  }
  const whole = Object.entries(folders).flatMap(([folder, listed]) => (listed ? [[folder, 'all'] as const] : []));
  return new Map<string, ReadonlySet<string> | 'all'>([...found, ...whole]);
}
