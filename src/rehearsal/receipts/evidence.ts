import { readFile, stat } from 'node:fs/promises';
import type { Evidence } from '../../engine/receipt-parity.ts';
import { folderState, type RefusedReceipt, readReceipts } from './receipt-files.ts';
import type { ReceiptTrust } from './seal.ts';

/** Where evidence lies. */
export interface EvidencePlaces {
  /** Folder of the receipts. */
  readonly dir: string;
  readonly trust: ReceiptTrust;
  /** Largest suite, in bytes. */
  readonly maxSuiteBytes: number;
  /** Hash of a suite by its text; rejects for what is none. */
  suiteHash(text: string, file: string): Promise<string>;
}

export interface ReadEvidence extends Evidence {
  readonly refused: readonly RefusedReceipt[];
}

/** A suite that cannot be read is not the one that was run. */
const UNREADABLE = 'unreadable';

/**
 * Reads receipts, and the suites that they name as far as these are here: a machine that serves need not have them.
 * Rejects where the folder is there and cannot be read.
 */
export async function readEvidence(places: EvidencePlaces): Promise<ReadEvidence> {
  const { receipts, refused } = await readReceipts(places.dir, places.trust);
  const suites = new Map<string, string>();
  for (const file of suiteFiles(receipts)) {
    const hash = await hashOf(file, places);
    if (hash !== undefined) suites.set(file, hash);
  }
  return { receipts, refused, suites };
}

/** Reads evidence again and again, and no more than has changed. */
export class EvidenceWatch {
  readonly #places: EvidencePlaces;
  #state: string | undefined;
  #suites: readonly string[] = [];

  constructor(places: EvidencePlaces) {
    this.#places = places;
  }

  /** Undefined where nothing has changed since the last time. */
  async changed(): Promise<ReadEvidence | undefined> {
    const state = await this.#stateNow();
    if (state === this.#state) return undefined;
    const evidence = await readEvidence(this.#places);
    this.#suites = suiteFiles(evidence.receipts);
    // Of before the reading: what changes meanwhile is read the next time. The suites may be others now.
    this.#state = await this.#stateNow(state.slice(0, state.indexOf(SEPARATOR)));
    return evidence;
  }

  async #stateNow(folder?: string): Promise<string> {
    const suites = await Promise.all(this.#suites.map(fileState));
    return `${folder ?? (await folderState(this.#places.dir))}${SEPARATOR}${suites.join('\n')}`;
  }
}

const SEPARATOR = '\n\0';

function suiteFiles(receipts: Evidence['receipts']): string[] {
  const files = new Set(receipts.map(({ receipt }) => receipt.suite.file));
  return [...files].filter(isBelowHere);
}

/** A receipt must not make anybody read what lies elsewhere. */
function isBelowHere(file: string): boolean {
  return !/^([/\\]|[A-Za-z]:)/.test(file) && !file.split(/[/\\]/).includes('..');
}

async function hashOf(file: string, places: EvidencePlaces): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    if (size > places.maxSuiteBytes) return UNREADABLE;
  } catch {
    return undefined;
  }
  try {
    return await places.suiteHash(await readFile(file, 'utf8'), file);
  } catch {
    return UNREADABLE;
  }
}

async function fileState(file: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(file);
    return `${file} ${size} ${mtimeMs} ${ino}`;
  } catch {
    return `${file} gone`;
  }
}
