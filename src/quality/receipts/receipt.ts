import * as z from 'zod';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { canonicalJson } from './canonical-json.ts';

export const RECEIPT_FORMAT = 'understudy-receipt/1';

/** Longest receipt that is read, in bytes. */
export const MAX_RECEIPT_BYTES = 256 * 1024;
/** Most receipts that one folder may hold. */
export const MAX_RECEIPTS = 2_000;

const name = z.string().min(1).max(512);
const words = z.string().max(2_000);
const moment = z.iso.datetime();
const share = z.number().min(0).max(1);
const difference = z.number().min(-1).max(1);

const subjectSchema = z.strictObject({ kind: z.enum(['prompt', 'route']), name });

/** One of the two that were compared. */
const sideSchema = z.strictObject({
  target: name,
  /** The model that its answers named; absent where they named none. */
  snapshot: name.optional(),
  /** Of what it was told; absent where it was told nothing but the messages. */
  promptVersion: name.optional(),
});

const metricSchema = z.strictObject({
  metric: name,
  method: z.enum(['exact', 'bootstrap']),
  n: z.int().min(0),
  primary: share,
  target: share,
  difference,
  interval: z.strictObject({ low: z.number(), high: z.number(), confidence: share }),
  margin: share,
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
});

const receiptSchema = z.strictObject({
  format: z.literal(RECEIPT_FORMAT),
  id: z.string().regex(/^rcpt_[0-9a-f]{32}$/),
  subject: subjectSchema,
  suite: z.strictObject({ name, hash: z.string().regex(/^[0-9a-f]{64}$/), file: name }),
  primary: sideSchema,
  target: sideSchema,
  parameters: z.record(z.string().max(128), z.json()),
  n: z.int().min(1),
  metrics: z.array(metricSchema).min(1).max(100),
  verdict: z.enum(['pass', 'fail']),
  because: words,
  judge: z.strictObject({ target: name, snapshot: name.optional(), agreement: share }).optional(),
  measuredAt: moment,
  issuedAt: moment,
  expiresAt: moment,
  signature: z
    .strictObject({ keyId: z.string().min(1).max(64), value: z.string().regex(/^[A-Za-z0-9_-]{86}$/) })
    .optional(),
});

/** What a receipt is about: a prompt of the library, or a route whose callers send the messages themselves. */
export type ReceiptSubject = z.output<typeof subjectSchema>;
export type ReceiptSide = z.output<typeof sideSchema>;
export type ReceiptMetric = z.output<typeof metricSchema>;

/**
 * The evidence that a target may stand in for a primary, as it is written to a file. `parameters`: sampling, output limit
 * and reasoning that the target was asked with. `n`: the fewest paired cases of a metric. `measuredAt`: when the last answer
 * was given. Moments in ISO 8601, in UTC. `id` names the content; the signature is over everything but itself.
 */
export type Receipt = Omit<z.output<typeof receiptSchema>, 'parameters'> & { readonly parameters: JsonObject };

/** What the name of a receipt is made from. */
export type ReceiptClaim = Omit<Receipt, 'id' | 'signature'>;

/** Reads a receipt. What is no receipt gives the first thing that is wrong with it, in words. */
export function parseReceipt(value: unknown): { readonly receipt: Receipt } | { readonly problem: string } {
  const parsed = receiptSchema.safeParse(value);
  if (parsed.success) {
    const { measuredAt, issuedAt, expiresAt } = parsed.data;
    if (Date.parse(measuredAt) > Date.parse(issuedAt)) return { problem: 'issuedAt: is before measuredAt' };
    if (Date.parse(expiresAt) <= Date.parse(measuredAt)) return { problem: 'expiresAt: is not after measuredAt' };
    return { receipt: parsed.data as Receipt };
  }
  const [first] = parsed.error.issues;
  return { problem: first ? `${first.path.join('.') || 'receipt'}: ${first.message}` : 'it is no receipt' };
}

/** The text that the name of a receipt is the hash of. */
export function claimText(receipt: ReceiptClaim | Receipt): string {
  const { id: _, signature: __, ...claim } = receipt as Receipt;
  return canonicalJson(claim as unknown as JsonValue);
}

/** The text that is signed: everything but the signature. */
export function signedText(receipt: Receipt): string {
  const { signature: _, ...signed } = receipt;
  return canonicalJson(signed as unknown as JsonValue);
}

/** Names a subject in one word: `prompt:support` or `route:reply`. */
export function subjectKey({ kind, name: of }: ReceiptSubject): string {
  return `${kind}:${of}`;
}
