import type { Checkpoint } from './checkpoints.ts';
import type { SealsTable } from './schema.ts';
import { digestOf, linesOf, NO_SEAL, type Seal, type SealKey, type SealLine } from './seal.ts';
import type { Finding } from './seal-findings.ts';
import type { SqliteConnection } from './sqlite-driver.ts';

/** Seals that are in memory at once. A body is as large as a batch. */
const pageSeals = 32;

export interface ChainCheckOptions {
  readonly connection: SqliteConnection;
  /** Keys that seals may have been made with. */
  readonly keys: readonly SealKey[];
  readonly checkpoints: readonly Checkpoint[];
  found(finding: Finding): void;
  /** Called for every seal, in order, with what it says. */
  seal(seal: Seal, lines: readonly SealLine[]): void;
}

/** What a walk along the chain came to. */
export interface ChainWalk {
  readonly seals: number;
  readonly first: number;
  readonly last: number;
  /** Seals made with a key that was not given: nobody can say whether they are genuine. */
  readonly unproven: number;
}

/** Walks the chain from its first seal to its last: each must follow the one before, and be what its digest says. */
export class ChainCheck {
  readonly #options: ChainCheckOptions;
  readonly #keys: ReadonlyMap<string, SealKey>;
  readonly #checkpoints = new Map<number, Checkpoint>();
  #begins: { readonly first: number; readonly prev: string } = { first: 1, prev: NO_SEAL };
  #first: Seal | undefined;
  #before: { readonly seal: Seal; readonly digest: string } | undefined;
  #seals = 0;
  #unproven = 0;

  constructor(options: ChainCheckOptions) {
    this.#options = options;
    this.#keys = new Map(options.keys.map((key) => [key.id, key]));
    for (const checkpoint of options.checkpoints) this.#checkpoints.set(checkpoint.seq, checkpoint);
  }

  walk(): ChainWalk {
    for (;;) {
      const page = this.#options.connection
        .prepare('select * from seals where seq > ? order by seq limit ?')
        .all([this.#before?.seal.seq ?? Number.MIN_SAFE_INTEGER, pageSeals]) as SealsTable[];
      for (const row of page) this.#visit(row);
      if (page.length < pageSeals) break;
    }
    this.#checkBeginning();
    this.#checkEnd();
    return {
      seals: this.#seals,
      first: this.#first?.seq ?? 0,
      last: this.#before?.seal.seq ?? 0,
      unproven: this.#unproven,
    };
  }

  #visit(row: SealsTable): void {
    const { key_id: keyId, digest, ...rest } = row;
    const seal: Seal = { ...rest, keyId };
    this.#seals += 1;
    this.#first ??= seal;
    this.#checkLink(seal);
    this.#checkDigest(seal, digest);
    this.#checkAgainstCheckpoint(seal.seq, digest);
    this.#before = { seal, digest };
    const lines = this.#linesOf(seal);
    for (const line of lines) if (line.kind === 'begins') this.#begins = line;
    this.#options.seal(seal, lines);
  }

  #checkLink(seal: Seal): void {
    const before = this.#before;
    if (!before) return;
    if (seal.seq !== before.seal.seq + 1) {
      this.#found('seals-missing', before.seal.seq + 1, `seals ${before.seal.seq + 1} to ${seal.seq - 1} are missing`);
    } else if (seal.prev !== before.digest) {
      this.#found('seal-altered', seal.seq, `seal ${seal.seq} follows another seal than seal ${before.seal.seq}`);
    }
  }

  #checkDigest(seal: Seal, digest: string): void {
    const key = this.#keys.get(seal.keyId);
    if (seal.keyId !== '' && !key) this.#unproven += 1;
    else if (digestOf(seal, key) !== digest) {
      this.#found('seal-altered', seal.seq, `seal ${seal.seq} is not what was sealed: its digest is another`);
    }
    if (seal.keyId === '' && this.#before && this.#before.seal.keyId !== '') {
      this.#found('key-missing', seal.seq, `seal ${seal.seq} is made without a key, and the one before it with one`);
    }
  }

  #checkAgainstCheckpoint(seq: number, digest: string): void {
    const checkpoint = this.#checkpoints.get(seq);
    if (checkpoint && checkpoint.digest !== digest) {
      this.#found('rewritten', seq, `seal ${seq} had another digest when it was checkpointed at ${checkpoint.at}`);
    }
  }

  #linesOf(seal: Seal): readonly SealLine[] {
    const lines: SealLine[] = [];
    for (const line of linesOf(seal.body)) {
      if (line) lines.push(line);
      else this.#found('seal-altered', seal.seq, `seal ${seal.seq} has a line that no seal has`);
    }
    return lines;
  }

  #checkBeginning(): void {
    const { first, prev } = this.#begins;
    const found = this.#first;
    if (!found || (found.seq === first && found.prev === prev)) return;
    const said = first === 1 ? 'with seal 1' : `with seal ${first}, as the last sweep says`;
    const what = found.seq > first ? `seals ${first} to ${found.seq - 1} are missing` : `it begins with ${found.seq}`;
    this.#found('seals-missing', first, `the chain should begin ${said}: ${what}`);
  }

  #checkEnd(): void {
    const last = this.#before?.seal;
    const newest = this.#options.checkpoints.at(-1);
    const furthest = this.#options.checkpoints.reduce<Checkpoint | undefined>(
      (most, one) => (most === undefined || one.seq > most.seq ? one : most),
      undefined,
    );
    const lastSeq = last?.seq ?? 0;
    if (furthest && furthest.seq > lastSeq) {
      const gone = `seals ${lastSeq + 1} to ${furthest.seq} are missing at the end`;
      this.#found('tail-missing', lastSeq + 1, `${gone}: they were checkpointed by ${furthest.at}`);
    } else if (newest && this.#first && newest.seq < this.#first.seq) {
      const begins = `the chain begins with seal ${this.#first.seq}`;
      this.#found('seals-missing', newest.seq, `${begins}, after the newest checkpoint (seal ${newest.seq})`);
    }
    if (last && last.keyId === '' && this.#keys.size > 0) {
      this.#found('key-missing', last.seq, `the last seal, ${last.seq}, is not made with the key`);
    }
  }

  #found(kind: Finding['kind'], seal: number, message: string): void {
    this.#options.found({ kind, seal, message });
  }
}
