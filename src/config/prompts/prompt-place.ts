import { dirname, resolve } from 'node:path';
import { PROMPT_DEFAULTS } from '../defaults.ts';
import type { Config } from '../schema.ts';
import type { PromptPlace } from './load-prompts.ts';

/** Where a configuration has its prompts: paths are meant from the folder of its file. */
export function promptPlace({ prompts }: Pick<Config, 'prompts'>, file: string): PromptPlace {
  const folder = dirname(file);
  return {
    dir: resolve(folder, prompts?.dir ?? PROMPT_DEFAULTS.dir),
    lock: resolve(folder, prompts?.lock ?? PROMPT_DEFAULTS.lock),
  };
}
