import type { RequestAdditions } from '../../model/chat-request.ts';
import type { JsonValue } from '../../model/json.ts';
import type { PromptUse } from '../../model/prompt-use.ts';
import type { Target } from '../../model/target.ts';
import { additionsOf } from './additions.ts';
import { type CompiledPrompt, compilePrompt } from './compile.ts';
import { isPromptError, PromptError } from './prompt-error.ts';
import { type PrimaryOnly, type PromptVersion, versionLabel } from './prompt-spec.ts';
import type { Scope } from './template.ts';
import { placeholders, readVariables } from './variables.ts';

/** A target that has to be told one version, present or not. */
export interface PromptPin {
  readonly name: string;
  /** `provider/model`. */
  readonly target: string;
  readonly hash: string;
}

/** A prompt with its variables filled in, as one target is told it. */
export interface Told {
  /** `name@hash`. */
  readonly version: string;
  readonly compiled: CompiledPrompt;
  readonly values: Scope;
}

/** A prompt of a request, of a version and with values that fit it. */
export interface BoundPrompt {
  readonly name: string;
  /** Of the target that should serve: what the answer has to keep to. */
  readonly version: PromptVersion;
  readonly additions: RequestAdditions;
  readonly primaryOnly: PrimaryOnly | undefined;
  /** Or why this target cannot be told it. */
  toldTo(target: Target): Told | string;
}

type Described = Pick<Target, 'id' | 'model' | 'sameModel' | 'dialect' | 'quirks'>;

/** Callers may name any model of a provider: forgotten all at once beyond so many. */
const MAX_COMPILED = 2_000;

/** Every prompt of a configuration in every version that somebody may still be told. */
export class PromptLibrary {
  readonly #present = new Map<string, PromptVersion>();
  readonly #byLabel = new Map<string, PromptVersion>();
  /** Hash by name and target. */
  readonly #pins = new Map<string, string>();
  readonly #compiled = new Map<string, CompiledPrompt>();
  readonly pins: readonly PromptPin[];

  /** `kept`: earlier versions whose text was kept for a pin. */
  constructor(present: readonly PromptVersion[], kept: readonly PromptVersion[] = [], pins: readonly PromptPin[] = []) {
    for (const version of present) this.#present.set(version.name, version);
    for (const version of [...kept, ...present]) this.#byLabel.set(versionLabel(version), version);
    for (const { name, target, hash } of pins) {
      if (!this.#byLabel.has(versionLabel({ name, hash }))) throw new RangeError(`${name}@${hash} has no text`);
      this.#pins.set(pinKey(name, target), hash);
    }
    this.pins = pins;
  }

  get names(): readonly string[] {
    return [...this.#present.keys()];
  }

  /** The version that its file holds now. */
  present(name: string): PromptVersion | undefined {
    return this.#present.get(name);
  }

  /** Every version of a prompt, the present one first. */
  versions(name: string): readonly PromptVersion[] {
    const present = this.#present.get(name);
    const others = [...this.#byLabel.values()].filter((version) => version.name === name && version !== present);
    return present ? [present, ...others] : others;
  }

  pinned(name: string, target: string): string | undefined {
    return this.#pins.get(pinKey(name, target));
  }

  /** What a target is told of a prompt: the version that is asked for, else its pin, else the present one. */
  versionFor(name: string, target: string, asked?: string): PromptVersion | undefined {
    if (asked !== undefined) return this.#find(name, asked);
    const pin = this.#pins.get(pinKey(name, target));
    return pin === undefined ? this.#present.get(name) : this.#find(name, pin);
  }

  compiled(version: PromptVersion, target: Described): CompiledPrompt {
    const key = `${versionLabel(version)} ${target.id} ${target.dialect}`;
    const known = this.#compiled.get(key);
    if (known) return known;
    if (this.#compiled.size >= MAX_COMPILED) this.#compiled.clear();
    const compiled = compilePrompt(version.spec, target);
    this.#compiled.set(key, compiled);
    return compiled;
  }

  /**
   * Binds a prompt to a request that `primary` should serve. Throws `PromptError` for an unknown prompt or version, and
   * for variables that do not fit. `unsaid`: nobody gives any variables, because only who may serve is asked.
   */
  bind(use: PromptUse, primary: Target, unsaid = false): BoundPrompt {
    const { name } = use;
    const version = this.versionFor(name, primary.id, use.version);
    if (!version) throw this.#unknown(use);
    const values = unsaid ? placeholders(version.spec.variables) : readVariables(version.spec.variables, use.variables);
    return {
      name,
      version,
      additions: additionsOf(version.spec, name),
      primaryOnly: version.spec.primaryOnly,
      toldTo: (target) => this.#toldTo(use, target, { version, values }),
    };
  }

  #toldTo(use: PromptUse, target: Target, bound: { version: PromptVersion; values: Scope }): Told | string {
    const version = this.versionFor(use.name, target.id, use.version);
    if (!version) return `${use.name} has no version for it`;
    const values = version === bound.version ? bound.values : valuesOr(version, use.variables);
    if (typeof values === 'string')
      return `its pinned version ${versionLabel(version)} wants other variables: ${values}`;
    return { version: versionLabel(version), compiled: this.compiled(version, target), values };
  }

  #find(name: string, asked: string): PromptVersion | undefined {
    const hash = asked.startsWith(`${name}@`) ? asked.slice(name.length + 1) : asked;
    return this.#byLabel.get(versionLabel({ name, hash }));
  }

  #unknown({ name, version }: PromptUse): PromptError {
    if (version === undefined || !this.#present.has(name)) {
      const known = this.names.slice(0, 20).join(', ') || 'none';
      return new PromptError(
        'id',
        `names no prompt of this gateway (those stored at a provider cannot fail over); its own are: ${known}`,
      );
    }
    const known = this.versions(name).map(({ hash }) => hash);
    return new PromptError('version', `is no version of ${name} that is kept here; those are: ${known.join(', ')}`);
  }
}

function pinKey(name: string, target: string): string {
  return `${name} ${target}`;
}

function valuesOr(version: PromptVersion, given: Readonly<Record<string, JsonValue>>): Scope | string {
  try {
    return readVariables(version.spec.variables, given);
  } catch (error) {
    if (isPromptError(error)) return `${error.at} ${error.message}`;
    throw error;
  }
}
