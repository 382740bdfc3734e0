import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isJsonObject, type JsonValue } from '../../model/json.ts';

/** What a provider answered, word for word. */
export interface StoredAnswer {
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly status: number;
  readonly value: JsonValue;
  readonly durationMs: number;
}

/** Answers that were paid for, by what was sent for them. */
export interface AnswerStore {
  /** Undefined where there is none, or none that can be read. */
  get(key: string): Promise<StoredAnswer | undefined>;
  /** Durable once it resolves. */
  put(key: string, answer: StoredAnswer): Promise<void>;
}

/** Largest answer that is kept, in characters of its JSON. */
const MAX_CHARS = 8_000_000;

/**
 * Answers as files below a folder, each written whole or not at all, so that a run that was killed goes on where it was.
 * The folder keeps itself out of version control.
 */
export function fileAnswers(folder: string): AnswerStore {
  const fileOf = (key: string) => join(folder, key.slice(0, 2), `${key.slice(2)}.json`);
  let prepared: Promise<void> | undefined;
  const prepare = async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '.gitignore'), '*\n');
  };
  return {
    async get(key) {
      try {
        const read: unknown = JSON.parse(await readFile(fileOf(key), 'utf8'));
        return isStored(read) ? read : undefined;
      } catch {
        return undefined;
      }
    },
    async put(key, answer) {
      const text = JSON.stringify(answer);
      if (text.length > MAX_CHARS) return;
      prepared ??= prepare();
      await prepared;
      const file = fileOf(key);
      await mkdir(dirname(file), { recursive: true });
      const draft = `${file}.${randomUUID()}`;
      // What people asked and were answered is nobody else's on this machine.
      await writeFile(draft, text, { mode: 0o600, flush: true });
      await rename(draft, file);
    },
  };
}

/** Nothing is kept, and nothing is found. */
export const noAnswers: AnswerStore = { get: async () => undefined, put: async () => undefined };

function isStored(value: unknown): value is StoredAnswer {
  return (
    isJsonObject(value) &&
    typeof value.at === 'number' &&
    typeof value.status === 'number' &&
    typeof value.durationMs === 'number' &&
    'value' in value
  );
}
