import { access, readFile } from 'node:fs/promises';
import { type ConfigSource, type LoadedConfig, loadConfig } from '../config/load.ts';
import { promptFiles } from '../config/prompts/prompt-files.ts';

/** Files as they were read once, by what was asked: so that a worker that is started later has what the others have. */
export interface FileSnapshot {
  readonly texts: Readonly<Record<string, string>>;
  readonly absent: readonly string[];
  readonly folders: Readonly<Record<string, readonly string[] | null>>;
}

type Files = Pick<ConfigSource, 'readFile' | 'exists' | 'prompts'>;

/** Reads from the disk and remembers all that it gave. */
export function recordingFiles(): { readonly files: Files; snapshot(): FileSnapshot } {
  const texts: Record<string, string> = {};
  const absent = new Set<string>();
  const folders: Record<string, readonly string[] | null> = {};
  const keep = (file: string, text: string) => {
    texts[file] = text;
    return text;
  };
  return {
    files: {
      readFile: async (file) => keep(file, await readFile(file, 'utf8')),
      exists: async (file) => {
        try {
          await access(file);
          return true;
        } catch {
          absent.add(file);
          return false;
        }
      },
      prompts: {
        list: async (folder) => {
          const names = await promptFiles.list(folder);
          folders[folder] = names ?? null;
          return names;
        },
        read: async (file) => {
          const text = await promptFiles.read(file);
          if (text === undefined) absent.add(file);
          else keep(file, text);
          return text;
        },
      },
    },
    snapshot: () => ({ texts: { ...texts }, absent: [...absent], folders: { ...folders } }),
  };
}

/** Gives what was read then, whatever the disk holds by now. Rejects for what nobody asked for then. */
export function recordedFiles({ texts, absent, folders }: FileSnapshot): Files {
  const gone = new Set(absent);
  const textOf = (file: string): string => {
    const text = texts[file];
    if (text === undefined) throw new Error(`${file} was not read when the configuration was`);
    return text;
  };
  return {
    readFile: async (file) => textOf(file),
    exists: async (file) => !gone.has(file),
    prompts: {
      list: async (folder) => {
        const names = folders[folder];
        if (names === undefined) throw new Error(`${folder} was not read when the configuration was`);
        return names ? [...names] : undefined;
      },
      read: async (file) => (gone.has(file) ? undefined : textOf(file)),
    },
  };
}

export interface ReadConfig {
  readonly loaded: LoadedConfig;
  readonly files: FileSnapshot;
}

/** Reads the configuration as every command does, and remembers what it read. */
export async function readConfig(path: string | undefined): Promise<ReadConfig> {
  const { files, snapshot } = recordingFiles();
  const loaded = await loadConfig({ ...(path !== undefined && { path }), env: process.env, ...files });
  return { loaded, files: snapshot() };
}
