import type { ReadConfig } from '../compose.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type FileSnapshot, readConfig } from '../workers/file-snapshot.ts';
import { prepareConfig } from '../workers/prepare-config.ts';

/** What a configuration was read from, to be read again. */
export interface Source {
  /** Of the last time that it could be read. */
  files(): FileSnapshot;
  /** Rejects with what is wrong. Absent where there is no file: variables cannot change for a process that runs. */
  readonly reread?: () => Promise<ReadConfig>;
}

export function sourceOf(loaded: LoadedConfig, first: FileSnapshot): Source {
  let last = first;
  const files = () => last;
  if (loaded.kind !== 'file') return { files };
  const { file } = loaded;
  return {
    files,
    reread: async () => {
      const { loaded: next, files: read } = await readConfig(file);
      last = read;
      const { config } = prepareConfig(next, undefined);
      return { config, file: { name: file, text: read.texts[file] ?? '' } };
    },
  };
}
