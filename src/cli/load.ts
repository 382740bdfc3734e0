import { access, readFile } from 'node:fs/promises';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { promptFiles } from '../config/prompts/prompt-files.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { PromptLibrary } from '../quality/prompts/prompt-library.ts';

/** Loads the configuration as every command does: the named file, UNDERSTUDY_CONFIG, the working directory, the environment. */
export function load(path: string | undefined): Promise<LoadedConfig> {
  return loadConfig({
    ...(path !== undefined && { path }),
    env: process.env,
    readFile: (file) => readFile(file, 'utf8'),
    prompts: promptFiles,
    exists: async (file) => {
      try {
        await access(file);
        return true;
      } catch {
        return false;
      }
    },
  });
}

/** The configuration with every default, or undefined for the demo, which has none of its own. */
export async function loadResolved(path: string | undefined): Promise<ResolvedConfig | undefined> {
  const loaded = await load(path);
  return loaded.kind === 'demo' ? undefined : resolveConfig(loaded.config, process.env, promptsOf(loaded));
}

/** Prompts stand beside a file; without one there are none. */
export function promptsOf(loaded: LoadedConfig): PromptLibrary | undefined {
  return loaded.kind === 'file' ? loaded.prompts : undefined;
}
