import { jsonrepair } from 'jsonrepair';
import { parseJson } from './contract.ts';

/** Longest answer that is repaired, in characters. */
export const MAX_REPAIR_CHARS = 262_144;
/** Brackets that a block may open; what is deeper is no answer of a model that can be trusted. */
const MAX_DEPTH = 200;

export interface RepairedJson {
  /** The JSON alone. */
  readonly text: string;
  /** What was done, in words. */
  readonly how: string;
}

/**
 * Takes the JSON out of what a model wrote around it, and puts right how it was written: code fences, prose before and
 * after, trailing commas, comments, single quotes. Never completes what was cut or left out: a block that does not
 * close, and one with an ellipsis in it, stay as they are; so does an answer with several blocks of which none stands
 * out. Undefined where there is nothing to repair, or no one way to do it. Never throws.
 */
export function repairJson(text: string): RepairedJson | undefined {
  if (text.length > MAX_REPAIR_CHARS || parseJson(text) !== undefined) return undefined;
  const blocks = blocksOf(text);
  if (!blocks) return undefined;
  const valid = blocks.filter((block) => isStructure(block));
  const [block] = valid.length > 0 ? valid : blocks;
  if (block === undefined || Math.max(valid.length, Math.min(1, blocks.length)) > 1) return undefined;
  if (valid.length === 0 && blocks.length > 1) return undefined;
  const mended = valid.length > 0 ? block : mend(block);
  if (mended === undefined) return undefined;
  const done = [
    ...(text.trim() === block ? [] : ['what stood around the JSON was taken away']),
    ...(mended === block ? [] : ['its notation was put right']),
  ];
  return { text: mended, how: done.join(', and ') };
}

/** Objects and arrays only: a lone number in a sentence is no answer. */
function isStructure(text: string): boolean {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null;
}

function mend(block: string): string | undefined {
  try {
    const mended = jsonrepair(block);
    return isStructure(mended) ? mended : undefined;
  } catch {
    return undefined;
  }
}

/** The outermost blocks in brackets; undefined where one does not close, or leaves something out. */
function blocksOf(text: string): readonly string[] | undefined {
  const blocks: string[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign !== '{' && sign !== '[') continue;
    const end = endOf(text, at);
    if (end === undefined) return undefined;
    blocks.push(text.slice(at, end));
    at = end - 1;
  }
  return blocks;
}

/** The place behind the bracket that closes the one at `from`. */
function endOf(text: string, from: number): number | undefined {
  const open: string[] = [];
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '"') {
      const end = stringEnd(text, at);
      if (end === undefined) return undefined;
      at = end;
    } else if (sign === '{') open.push('}');
    else if (sign === '[') open.push(']');
    else if (sign === '…' || (sign === '.' && text.startsWith('...', at))) return undefined;
    else if ((sign === '}' || sign === ']') && open.pop() !== sign) return undefined;
    if (open.length === 0) return at + 1;
    if (open.length > MAX_DEPTH) return undefined;
  }
  return undefined;
}

function stringEnd(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return undefined;
}
