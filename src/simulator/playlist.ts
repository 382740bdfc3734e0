import { parseScript, type Script, ScriptError } from './script.ts';

export interface ScriptOptions {
  /** Only for requests to this model, as the client writes it. It goes before a script for all models. */
  readonly model?: string;
  /** Healthy again after so many requests. */
  readonly times?: number;
  /** Healthy again so many milliseconds after the call. */
  readonly forMs?: number;
}

interface Entry {
  readonly scripts: readonly Script[];
  readonly times: number;
  readonly until: number;
  played: number;
}

const ALL_MODELS = '';
const MAX_SCRIPTS = 10_000;

/** What one provider plays next. */
export class Playlist {
  readonly #entries = new Map<string, Entry>();

  /**
   * Replaces what was set for the same model. A list is played one a request and its last one repeats until `times` or
   * `forMs` is over. `undefined` makes the model healthy; without a model, the whole provider. Throws `ScriptError`.
   */
  set(scripts: unknown, options: ScriptOptions, now: number): void {
    const { model, times, forMs } = options;
    if (scripts === undefined) {
      if (model === undefined) this.#entries.clear();
      else this.#entries.delete(model);
      return;
    }
    const list = Array.isArray(scripts) ? scripts : [scripts];
    if (list.length === 0 || list.length > MAX_SCRIPTS) {
      throw new ScriptError(`script: a list must hold 1 to ${MAX_SCRIPTS} scripts, got ${list.length}`);
    }
    if (times !== undefined && !(Number.isInteger(times) && times > 0)) {
      throw new ScriptError(`times: must be a whole number above 0, got ${times}`);
    }
    if (forMs !== undefined && !(Number.isFinite(forMs) && forMs > 0)) {
      throw new ScriptError(`forMs: must be a number above 0, got ${forMs}`);
    }
    this.#entries.set(model ?? ALL_MODELS, {
      scripts: list.map((script) => parseScript(script)),
      times: times ?? Number.POSITIVE_INFINITY,
      until: forMs === undefined ? Number.POSITIVE_INFINITY : now + forMs,
      played: 0,
    });
  }

  /** The script of the next request to `model`; undefined where none is set. */
  next(model: string, now: number): Script | undefined {
    if (this.#entries.size === 0) return undefined;
    return this.#play(model, now) ?? this.#play(ALL_MODELS, now);
  }

  #play(key: string, now: number): Script | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.played >= entry.times || now >= entry.until) {
      this.#entries.delete(key);
      return undefined;
    }
    const script = entry.scripts[Math.min(entry.played, entry.scripts.length - 1)];
    entry.played++;
    return script;
  }
}
