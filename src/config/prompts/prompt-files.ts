import { readdir, readFile } from 'node:fs/promises';
import type { PromptFiles } from './load-prompts.ts';

/** Prompts on the disk. Rejects for what is there and cannot be read. */
export const promptFiles: PromptFiles = {
  list: (folder) => unlessAbsent(readdir(folder)),
  read: (file) => unlessAbsent(readFile(file, 'utf8')),
};

async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
