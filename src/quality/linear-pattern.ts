import { type PatternNode, parsePattern, UnsupportedPattern } from './pattern-syntax.ts';
import { waysThrough } from './pattern-ways.ts';

/** Instructions a pattern may compile to; counted repeats multiply, and every character may touch each of them. */
const MAX_INSTRUCTIONS = 2_000;

/** Characters whose answer is remembered for one piece of a pattern. */
const MAX_REMEMBERED_CHARACTERS = 1_000;

/** A pattern with so few ways through it cannot keep `RegExp` busy, which is much faster. */
const MAX_TRIED_WAYS = 64;

type Instruction =
  | { readonly op: 'character'; readonly accepts: (character: string) => boolean }
  | { readonly op: 'position'; readonly at: Extract<PatternNode, { kind: 'position' }>['at'] }
  /** Goes on at both places. */
  | { readonly op: 'split'; readonly other: number; next: number }
  | { readonly op: 'match' };

/** Is told of each step of a match; throws to end it. */
export type CountSteps = (steps: number) => void;

/**
 * A regular expression that is matched by following all its ways at once: time grows with the length of the text, never
 * with the number of ways through the pattern. `RegExp` backtracks, and one caller's `^(a+)+$` would stop the
 * process for everybody.
 *
 * @see https://swtch.com/~rsc/regexp/regexp1.html (Thompson's algorithm)
 */
export class LinearPattern {
  readonly #source: string;
  readonly #unicode: boolean;
  readonly #program: readonly Instruction[];
  readonly #count: CountSteps;
  /** Where backtracking is harmless. */
  readonly #tried: { readonly pattern: RegExp; readonly ways: number } | undefined;

  /**
   * Throws `SyntaxError` for what is no pattern, `UnsupportedPattern` for lookarounds, back references and patterns
   * beyond 2,000 instructions.
   */
  constructor(source: string, count: CountSteps) {
    this.#source = source;
    this.#unicode = isUnicodePattern(source);
    const flags = this.#unicode ? 'u' : '';
    const node = parsePattern(source, this.#unicode);
    this.#program = new Compiler(flags).compile(node);
    const ways = waysThrough(node);
    this.#tried = ways <= MAX_TRIED_WAYS ? { pattern: new RegExp(source, flags), ways } : undefined;
    this.#count = count;
  }

  /** Whether the pattern matches anywhere in the text. */
  test(text: string): boolean {
    if (this.#tried) {
      this.#count((text.length + 1) * this.#tried.ways);
      return this.#tried.pattern.test(text);
    }
    const characters = this.#unicode ? Array.from(text) : text.split('');
    let current: Set<number> = new Set();
    for (let at = 0; at <= characters.length; at += 1) {
      if (this.#follow(0, current, characters, at)) return true;
      this.#count(current.size + 1);
      const character = characters[at];
      if (character === undefined) break;
      const following: Set<number> = new Set();
      for (const place of current) {
        const instruction = this.#program[place];
        if (instruction?.op !== 'character' || !instruction.accepts(character)) continue;
        if (this.#follow(place + 1, following, characters, at + 1)) return true;
      }
      current = following;
    }
    return false;
  }

  /** Ajv tells patterns apart by this. */
  toString(): string {
    return `/${this.#source}/`;
  }

  /** Adds every place that is reached from here without a character; true where the end of the pattern is one. */
  #follow(from: number, reached: Set<number>, characters: readonly string[], at: number): boolean {
    const open = [from];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (reached.has(place)) continue;
      reached.add(place);
      const instruction = this.#program[place];
      if (instruction === undefined || instruction.op === 'match') return true;
      if (instruction.op === 'split') open.push(instruction.other, instruction.next);
      if (instruction.op === 'position' && isAt(instruction.at, characters, at)) open.push(place + 1);
    }
    return false;
  }
}

/** Without flag `u` where only so is it valid: `\-` outside a class is common and harmless. Throws `SyntaxError`. */
function isUnicodePattern(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    new RegExp(source);
    return false;
  }
}

function isAt(
  position: Extract<PatternNode, { kind: 'position' }>['at'],
  characters: readonly string[],
  at: number,
): boolean {
  switch (position) {
    case 'start':
      return at === 0;
    case 'end':
      return at === characters.length;
    case 'word-edge':
      return isWord(characters[at - 1]) !== isWord(characters[at]);
    case 'no-word-edge':
      return isWord(characters[at - 1]) === isWord(characters[at]);
  }
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character);
}

class Compiler {
  readonly #flags: string;
  readonly #program: Instruction[] = [];
  /** Counts copies of empty parts too, which make no instruction but take time all the same. */
  #visits = 0;

  constructor(flags: string) {
    this.#flags = flags;
  }

  compile(node: PatternNode): readonly Instruction[] {
    this.#emit(node);
    this.#program.push({ op: 'match' });
    return this.#program;
  }

  #emit(node: PatternNode): void {
    this.#visits += 1;
    if (this.#visits > MAX_INSTRUCTIONS) throw new UnsupportedPattern(`it needs more than ${MAX_INSTRUCTIONS} steps`);
    switch (node.kind) {
      case 'character':
        this.#program.push({ op: 'character', accepts: accepts(node.source, this.#flags) });
        return;
      case 'position':
        this.#program.push({ op: 'position', at: node.at });
        return;
      case 'sequence':
        for (const part of node.parts) this.#emit(part);
        return;
      case 'choice':
        this.#choice(node.options);
        return;
      case 'repeat':
        this.#repeat(node);
        return;
    }
  }

  #choice(options: readonly PatternNode[]): void {
    const ends: number[] = [];
    options.forEach((option, index) => {
      const last = index === options.length - 1;
      const fork = last ? -1 : this.#split();
      this.#emit(option);
      if (last) return;
      ends.push(this.#split());
      this.#join(fork, fork + 1, this.#program.length);
    });
    for (const end of ends) this.#join(end, this.#program.length, this.#program.length);
  }

  #repeat({ part, least, most }: Extract<PatternNode, { kind: 'repeat' }>): void {
    for (let copy = 0; copy < least; copy += 1) this.#emit(part);
    if (most === Number.POSITIVE_INFINITY) {
      const fork = this.#split();
      this.#emit(part);
      const back = this.#split();
      this.#join(back, fork, fork);
      this.#join(fork, fork + 1, this.#program.length);
      return;
    }
    const forks: number[] = [];
    for (let copy = least; copy < most; copy += 1) {
      forks.push(this.#split());
      this.#emit(part);
    }
    for (const fork of forks) this.#join(fork, fork + 1, this.#program.length);
  }

  /** Place of a split whose ends are not known yet. */
  #split(): number {
    this.#program.push({ op: 'split', other: 0, next: 0 });
    return this.#program.length - 1;
  }

  #join(place: number, next: number, other: number): void {
    this.#program[place] = { op: 'split', next, other };
  }
}

/** Lets `RegExp` itself judge one character, so that classes, escapes and properties mean what they mean everywhere. */
function accepts(source: string, flags: string): (character: string) => boolean {
  const one = new RegExp(`^(?:${source})$`, flags);
  const known = new Map<string, boolean>();
  return (character) => {
    const before = known.get(character);
    if (before !== undefined) return before;
    const now = one.test(character);
    if (known.size < MAX_REMEMBERED_CHARACTERS) known.set(character, now);
    return now;
  };
}
