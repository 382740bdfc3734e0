import { join } from 'node:path';
import { PromptLibrary, type PromptPin } from '../../quality/prompts/prompt-library.ts';
import { type PromptVersion, versionLabel } from '../../quality/prompts/prompt-spec.ts';
import { ConfigError, type ConfigProblem } from '../problems.ts';
import { readLock } from './read-lock.ts';
import { readPrompt } from './read-prompt.ts';

/** Reaches for files, so that loading can be tested and embedded. */
export interface PromptFiles {
  /** Names of the files in a folder; undefined where there is no such folder. */
  list(folder: string): Promise<readonly string[] | undefined>;
  /** Undefined where there is no such file. */
  read(file: string): Promise<string | undefined>;
}

/** Where prompts and their lock are. */
export interface PromptPlace {
  readonly dir: string;
  readonly lock: string;
}

/** Below the folder of prompts: texts of earlier versions that somebody is still told. */
export const KEPT_FOLDER = '.pinned';

/** Most prompts of one gateway, and most kept versions. */
const MAX_FILES = 2_000;
const PROMPT_FILE = /^([A-Za-z0-9][A-Za-z0-9._-]{0,127})\.ya?ml$/;
const KEPT_FILE = /^([A-Za-z0-9][A-Za-z0-9._-]{0,127})@([0-9a-f]{12})\.yaml$/;

/** The file in which an earlier version is kept. */
export function keptFile({ dir }: Pick<PromptPlace, 'dir'>, version: Pick<PromptVersion, 'name' | 'hash'>): string {
  return join(dir, KEPT_FOLDER, `${versionLabel(version)}.yaml`);
}

/**
 * Every prompt with its pins; undefined where there is neither folder nor lock. Throws `ConfigError` with every problem
 * of every file.
 */
export async function loadPrompts(place: PromptPlace, files: PromptFiles): Promise<PromptLibrary | undefined> {
  const names = await files.list(place.dir);
  const lock = await files.read(place.lock);
  if (names === undefined && lock === undefined) return undefined;
  const problems: ConfigProblem[] = [];
  const present = await readAll(place.dir, names ?? [], { files, problems, pattern: PROMPT_FILE });
  const folder = join(place.dir, KEPT_FOLDER);
  const kept = await readAll(folder, (await files.list(folder)) ?? [], { files, problems, pattern: KEPT_FILE });
  // A file that cannot be read is why its version is not there.
  if (problems.length > 0) throw new ConfigError(problems);
  const pins = lock === undefined ? [] : pinsOf(lock, place, [...present, ...kept], problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return new PromptLibrary(present, kept, pins);
}

interface Reading {
  readonly files: PromptFiles;
  readonly problems: ConfigProblem[];
  readonly pattern: RegExp;
}

async function readAll(folder: string, names: readonly string[], reading: Reading): Promise<PromptVersion[]> {
  const { files, problems, pattern } = reading;
  const fitting = names.filter((name) => pattern.test(name)).sort();
  if (fitting.length > MAX_FILES) {
    problems.push({ file: folder, path: '', message: `holds more than ${MAX_FILES} prompts` });
    return [];
  }
  const found = new Map<string, PromptVersion>();
  for (const entry of fitting) {
    const file = join(folder, entry);
    const [, name = '', hash] = pattern.exec(entry) ?? [];
    const text = await files.read(file);
    if (text === undefined) continue;
    const read = readPrompt(text, file, name);
    if (!read.ok) problems.push(...read.problems);
    else if (hash !== undefined && hash !== read.version.hash) problems.push(otherWords(file, read.version.hash));
    else if (found.has(entry.replace(/\.ya?ml$/, ''))) {
      problems.push({ file, path: '', message: `there is a second file of the prompt ${name}`, fix: 'remove one' });
    } else found.set(entry.replace(/\.ya?ml$/, ''), read.version);
  }
  return [...found.values()];
}

function otherWords(file: string, hash: string): ConfigProblem {
  const message = `does not say what its name stands for: it would be ${hash} now`;
  const fix = 'restore the file from version control, or evaluate the present version and pin that';
  return { file, path: '', message, fix };
}

function pinsOf(
  text: string,
  { dir, lock }: PromptPlace,
  versions: readonly PromptVersion[],
  problems: ConfigProblem[],
): readonly PromptPin[] {
  const read = readLock(text, lock);
  if (!read.ok) {
    problems.push(...read.problems);
    return [];
  }
  for (const { name, target, hash } of read.pins) {
    const known = versions.filter((version) => version.name === name);
    if (known.some((version) => version.hash === hash)) continue;
    const message =
      known.length === 0
        ? `there is no prompt ${name}`
        : `${target} is pinned to ${name}@${hash}, whose text is neither the present one nor kept`;
    const fix = `restore ${keptFile({ dir }, { name, hash })} from version control, or pin a version that is there`;
    problems.push({ file: lock, path: `pins.${name}`, message, fix });
  }
  return read.pins;
}
