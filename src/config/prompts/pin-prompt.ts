import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PromptLibrary, PromptPin } from '../../quality/prompts/prompt-library.ts';
import type { PromptVersion } from '../../quality/prompts/prompt-spec.ts';
import { keptFile, type PromptPlace } from './load-prompts.ts';
import { writeLock } from './read-lock.ts';

/** Files that a pin touched. */
export interface Pinned {
  /** Where the text of the version is kept. */
  readonly kept: string;
  readonly lock: string;
}

/**
 * Pins a target to a version and keeps the text of that version, so that it can be told after its file has changed. The
 * lock is replaced as a whole, never left half written.
 */
export async function pinPrompt(
  version: PromptVersion,
  target: string,
  at: { readonly place: PromptPlace; readonly library: PromptLibrary },
): Promise<Pinned> {
  const { place, library } = at;
  const kept = keptFile(place, version);
  if (library.present(version.name) === version) {
    await replace(kept, await sourceOf(version.name, place));
  }
  const pin: PromptPin = { name: version.name, target, hash: version.hash };
  await writePins([...withoutPin(library.pins, pin), pin], place);
  return { kept, lock: place.lock };
}

/** The target is told the present version from now on; the text of the former one stays. */
export async function unpinPrompt(
  pin: Pick<PromptPin, 'name' | 'target'>,
  at: { readonly place: PromptPlace; readonly library: PromptLibrary },
): Promise<void> {
  await writePins(withoutPin(at.library.pins, pin), at.place);
}

function withoutPin(pins: readonly PromptPin[], { name, target }: Pick<PromptPin, 'name' | 'target'>): PromptPin[] {
  return pins.filter((pin) => pin.name !== name || pin.target !== target);
}

function writePins(pins: readonly PromptPin[], { lock }: PromptPlace): Promise<void> {
  return replace(lock, writeLock(pins));
}

async function sourceOf(name: string, { dir }: PromptPlace): Promise<string> {
  try {
    return await readFile(join(dir, `${name}.yaml`), 'utf8');
  } catch {
    return readFile(join(dir, `${name}.yml`), 'utf8');
  }
}

async function replace(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const fresh = `${file}.new`;
  await writeFile(fresh, text);
  await rename(fresh, file);
}
