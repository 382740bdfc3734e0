import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_RECEIPT_BYTES, MAX_RECEIPTS, parseReceipt, type Receipt } from '../../quality/receipts/receipt.ts';
import { type ReadyReceipt, readyReceipt } from '../../quality/receipts/standing.ts';
import { distrust, type ReceiptTrust } from './seal.ts';

/** A file that is no receipt, or none to be believed. */
export interface RefusedReceipt {
  readonly file: string;
  readonly because: string;
}

export interface ReadReceipts {
  readonly receipts: readonly ReadyReceipt[];
  readonly refused: readonly RefusedReceipt[];
}

/** Reads every `.json` of a folder. A folder that is not there holds none. Rejects where it cannot be listed. */
export async function readReceipts(dir: string, trust: ReceiptTrust): Promise<ReadReceipts> {
  const receipts: ReadyReceipt[] = [];
  const refused: RefusedReceipt[] = [];
  const names = await receiptNames(dir);
  for (const file of names.slice(0, MAX_RECEIPTS)) {
    const read = await readReceipt(join(dir, file), trust);
    if ('receipt' in read) receipts.push(readyReceipt(read.receipt));
    else refused.push({ file, because: read.problem });
  }
  for (const file of names.slice(MAX_RECEIPTS)) {
    refused.push({ file, because: `a folder holds no more than ${MAX_RECEIPTS} receipts` });
  }
  return { receipts, refused };
}

/** Changes whenever one of the files may have changed: their names, sizes and times. */
export async function folderState(dir: string): Promise<string> {
  const names = await receiptNames(dir);
  const states = await Promise.all(
    names.slice(0, MAX_RECEIPTS).map(async (name) => {
      try {
        const { size, mtimeMs, ino } = await stat(join(dir, name));
        return `${name} ${size} ${mtimeMs} ${ino}`;
      } catch {
        return `${name} gone`;
      }
    }),
  );
  return `${names.length}\n${states.join('\n')}`;
}

/** Writes a receipt as people read it, under the one name of its subject and target. Gives the file. */
export async function writeReceipt(dir: string, receipt: Receipt): Promise<string> {
  const file = join(dir, receiptFileName(receipt));
  await mkdir(dir, { recursive: true });
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, `${JSON.stringify(receipt, null, 2)}\n`, { mode: 0o644 });
    // Whoever reads the folder meanwhile finds the old one or the new one, and no half of either.
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return file;
}

/** `prompt-support--openai--gpt-5.json`. */
export function receiptFileName({ subject, target }: Pick<Receipt, 'subject' | 'target'>): string {
  return `${subject.kind}-${plain(subject.name)}--${plain(target.target)}.json`;
}

/** A name that every file system takes; where that changed it, a few digits tell it from others that were changed alike. */
function plain(name: string): string {
  const readable = name.replace('/', '--');
  const simple = readable.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80);
  if (simple === readable && !name.includes('--')) return simple;
  return `${simple}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

async function receiptNames(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return [];
    throw error;
  }
}

type Read = { readonly receipt: Receipt } | { readonly problem: string };

async function readReceipt(file: string, trust: ReceiptTrust): Promise<Read> {
  try {
    const { size } = await stat(file);
    if (size > MAX_RECEIPT_BYTES) return { problem: `it is longer than ${MAX_RECEIPT_BYTES} bytes` };
    const parsed = parseReceipt(JSON.parse(await readFile(file, 'utf8')));
    if ('problem' in parsed) return parsed;
    const problem = distrust(parsed.receipt, trust);
    return problem === undefined ? parsed : { problem };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
