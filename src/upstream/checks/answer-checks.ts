import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AnswerChecks, CheckPlace, CheckVerdict } from '../../engine/answer-checks.ts';
import { abortSignalOf } from '../../model/stop-signal.ts';
import { parseBaseUrl } from '../egress-guard.ts';
import { HttpCheck } from './http-check.ts';
import { ModuleCheck } from './module-check.ts';

/** Longest question to a check, in bytes of its JSON. */
export const MAX_QUESTION_BYTES = 1_048_576;

/** The operators' own checks, over HTTP and in threads of their own. */
export interface RunningChecks extends AnswerChecks {
  close(): Promise<void>;
}

/**
 * Reaches the checks of a configuration. Throws a `TypeError` for a module that is not there and an address that must not
 * be called; what goes wrong later is told as a verdict.
 */
export function createAnswerChecks(places: readonly CheckPlace[]): RunningChecks {
  const modules = new Map<string, ModuleCheck>();
  const addresses = new Map<string, HttpCheck>();
  for (const place of places) {
    if (place.kind === 'http')
      addresses.set(place.url, new HttpCheck(parseBaseUrl('the address of a check', place.url)));
    else modules.set(place.path, moduleAt(place.path));
  }
  const checkAt = (place: CheckPlace) => (place.kind === 'http' ? addresses.get(place.url) : modules.get(place.path));
  return {
    async ask({ at, payload, signal }): Promise<CheckVerdict> {
      const check = checkAt(at);
      if (!check) return { kind: 'failed', why: 'it is in no configuration' };
      const question = JSON.stringify(payload);
      const bytes = Buffer.byteLength(question);
      if (bytes > MAX_QUESTION_BYTES) {
        return { kind: 'failed', why: `the question has ${bytes} bytes, at most ${MAX_QUESTION_BYTES}` };
      }
      return check.ask(question, abortSignalOf(signal));
    },
    async close() {
      await Promise.all([...modules.values(), ...addresses.values()].map((check) => check.close()));
    },
  };
}

function moduleAt(path: string): ModuleCheck {
  const file = resolve(path);
  if (!existsSync(file)) throw new TypeError(`the check ${path} is not there: ${file}`);
  return new ModuleCheck(file);
}
