/** What is wrong with a configuration that was to be taken. Never holds a value. */
export interface ReloadProblem {
  readonly file: string;
  /** From 1; absent where there is no text to point at. */
  readonly line?: number;
  /** As the file writes it; empty for the whole of it. */
  readonly path: string;
  readonly message: string;
  readonly fix?: string;
}

/** Who asked for it. */
export type ReloadCause = 'signal' | 'admin' | 'watch' | 'program';

export interface ReloadOrder {
  readonly cause: ReloadCause;
  /** Only to know what would change, or what is wrong. */
  readonly check?: boolean;
}

export interface NamesChanged {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** What is other than before, by names. */
export interface ReloadChanges {
  readonly routes: NamesChanged;
  readonly targets: NamesChanged;
  readonly providers: NamesChanged;
  /** Callers by the names of their keys; `admin` for the admin key. */
  readonly keys: NamesChanged;
  readonly prompts: NamesChanged;
  /** Everything else, e.g. `health` or `server.strictCompat`. */
  readonly sections: readonly string[];
}

/**
 * What became of a configuration that was to be taken. `generation`: the number of the one that is served after it.
 * `invalid`: it cannot be used. `needs-restart`: it can, but not by a gateway that runs. `busy`: too many earlier ones are
 * still in use. `stopping`: the gateway drains. `no-file`: there is none to read again.
 */
export type ReloadOutcome =
  | { readonly outcome: 'reloaded'; readonly generation: number; readonly changes: ReloadChanges }
  | { readonly outcome: 'would-reload'; readonly generation: number; readonly changes: ReloadChanges }
  | { readonly outcome: 'unchanged'; readonly generation: number }
  | {
      readonly outcome: 'refused';
      readonly generation: number;
      readonly because: 'invalid' | 'needs-restart' | 'busy' | 'stopping' | 'no-file';
      readonly problems: readonly ReloadProblem[];
    };

/** Takes the configuration anew from where it was read. Never rejects. */
export type AskReload = (order: ReloadOrder) => Promise<ReloadOutcome>;
