import type { ResolvedConfig } from './config/resolved-config.ts';
import type { Alerts } from './engine/alerts.ts';
import { parityGrid } from './engine/parity-grid.ts';
import type { Clock } from './engine/ports.ts';
import { ReceiptParity } from './engine/receipt-parity.ts';
import type { Sharing } from './engine/sharing.ts';
import { subjectKey } from './quality/receipts/receipt.ts';
import { MAX_SUITE_BYTES } from './rehearsal/evals/suite.ts';
import { type EvidencePlaces, EvidenceWatch, type ReadEvidence, readEvidence } from './rehearsal/receipts/evidence.ts';
import type { RefusedReceipt } from './rehearsal/receipts/receipt-files.ts';
import { parsePublicKey } from './rehearsal/receipts/receipt-keys.ts';
import type { ParityDesk } from './server/admin-parity.ts';
import type { DurableLedger } from './storage/open-ledger.ts';
import { openReceiptReader, type ReceiptReader } from './storage/receipt-reader.ts';

/** What a gateway's receipts need of it. */
export interface ReceiptParts {
  readonly ledger: Pick<DurableLedger, 'receiptSeen' | 'receiptRevoked' | 'modelReported'>;
  readonly reader: ReceiptReader;
  readonly clock: Clock;
  readonly alerts: Alerts;
  /** Absent where this process serves alone. */
  readonly sharing?: Sharing | undefined;
  log(level: 'info' | 'warn' | 'error', facts: Readonly<Record<string, unknown>>, message: string): void;
}

/** The evidence of a gateway that runs. */
export interface RunningReceipts {
  readonly parity: ReceiptParity;
  /** Files in the folder that are no receipts, or none to be believed. */
  refused(): readonly RefusedReceipt[];
  /** Reads the evidence of another configuration; nothing changes before what it gives is called. Rejects where it cannot be read. */
  prepare(config: ResolvedConfig): Promise<() => void>;
  close(): void;
}

interface ReadPlaces {
  readonly watch: EvidenceWatch;
  readonly everyMs: number;
}

/** Reads the evidence, and again whenever it changes. */
export async function composeReceipts(config: ResolvedConfig, parts: ReceiptParts): Promise<RunningReceipts> {
  const { clock, reader } = parts;
  const parity = new ReceiptParity(() => clock.wallNow(), eventsOf(parts));
  parity.restore(reader.revocations(), reader.models());
  let places: ReadPlaces = { watch: new EvidenceWatch(placesOf(config)), everyMs: config.receipts.everyMs };
  const seen = new Set<string>();
  let refused: readonly RefusedReceipt[] = [];
  let failing = false;
  let closed = false;
  const take = (evidence: ReadEvidence) => {
    parity.replace(evidence);
    recordSeen(evidence, parts, seen);
    tellRefused(evidence.refused, refused, parts);
    refused = evidence.refused;
  };
  const look = async () => {
    try {
      // Other processes on the same file revoke as well.
      parity.restore(reader.revocations(), []);
      const { watch } = places;
      const evidence = await watch.changed();
      failing = false;
      // Read for a configuration that is not served any more.
      if (evidence && watch === places.watch) take(evidence);
    } catch (error) {
      // The store was closed in the middle of it.
      if (closed) return;
      // What was known stands, and ends at its own time.
      if (!failing) parts.log('error', { error: String(error) }, 'the receipts could not be read again');
      failing = true;
    }
  };
  await look();
  const stop = repeatedly(look, () => places.everyMs, clock);
  return {
    parity,
    refused: () => refused,
    prepare: async (next) => {
      const { everyMs } = next.receipts;
      const watch = new EvidenceWatch(placesOf(next));
      const evidence = await watch.changed();
      return () => {
        places = { watch, everyMs };
        if (evidence) take(evidence);
      };
    },
    close: () => {
      closed = true;
      stop();
    },
  };
}

/** The evidence of a gateway as operators see it and end it. */
export function parityDesk(config: ResolvedConfig, receipts: RunningReceipts, clock: Clock): ParityDesk {
  const { parity, refused } = receipts;
  return {
    grid: () => parityGrid({ routes: config.routes.values(), parity, library: config.prompts }, clock.wallNow()),
    refused,
    revoke: (subject, target, why) => parity.revokeReceipt(subject, target, why),
  };
}

/** Evidence as it stands, for commands that serve nothing: read once, and nothing is learned. */
export async function parityForQuestions(
  config: ResolvedConfig,
  wallNow: () => number,
): Promise<{ readonly parity: ReceiptParity; readonly refused: readonly RefusedReceipt[] }> {
  const nothing = () => undefined;
  const parity = new ReceiptParity(wallNow, { revoked: nothing, modelReported: nothing });
  const evidence = await readEvidence(placesOf(config));
  parity.replace(evidence);
  const reader = existingReader(config.storage.file);
  if (reader) {
    try {
      parity.restore(reader.revocations(), reader.models());
    } finally {
      reader.close();
    }
  }
  return { parity, refused: evidence.refused };
}

/** The grid as the files have it, where no gateway tells it. */
export async function evidenceOfFiles(config: ResolvedConfig, at: number) {
  const { parity, refused } = await parityForQuestions(config, () => at);
  return { ...parityGrid({ routes: config.routes.values(), parity, library: config.prompts }, at), refused };
}

/** Undefined where no gateway has ever run on the file. */
function existingReader(file: string): ReceiptReader | undefined {
  try {
    return openReceiptReader({ file });
  } catch (error) {
    if ((error as { code?: string }).code === 'file-absent') return undefined;
    throw error;
  }
}

export function placesOf({ receipts }: ResolvedConfig): EvidencePlaces {
  const keys = receipts.publicKeys.flatMap((text) => parsePublicKey(text) ?? []);
  return {
    dir: receipts.dir,
    trust: { keys, unsigned: receipts.unsigned },
    maxSuiteBytes: MAX_SUITE_BYTES,
    // What reads suites is loaded with the first receipt that names one.
    suiteHash: async (text, file) => (await import('./rehearsal/evals/read-suite.ts')).readSuite(text, file).hash,
  };
}

function eventsOf(parts: ReceiptParts) {
  const { clock } = parts;
  const trouble = (message: string) => parts.alerts.raise({ kind: 'ledger-trouble', message }, clock.now());
  return {
    revoked(row: Parameters<ReceiptParts['ledger']['receiptRevoked']>[0]) {
      const { subject, target, why } = row;
      parts.log('warn', { ...row }, 'a receipt was revoked');
      const message = `${target} may no longer stand in for ${subject}: ${why}`;
      parts.sharing?.tell({ about: 'revoked', row }, true);
      parts.alerts.raise({ kind: 'parity-revoked', target, message }, clock.now());
      parts.ledger
        .receiptRevoked(row)
        .catch((error: unknown) => trouble(`a revocation will not survive a restart: ${String(error)}`));
    },
    modelReported(row: Parameters<ReceiptParts['ledger']['modelReported']>[0], before: string | undefined) {
      const { target, model } = row;
      if (before !== undefined) parts.log('warn', { target, before, model }, 'a target answers as another model');
      parts.sharing?.tell({ about: 'model', row }, true);
      parts.ledger.modelReported(row);
    },
  };
}

function recordSeen({ receipts }: ReadEvidence, { ledger, clock }: ReceiptParts, seen: Set<string>): void {
  for (const { receipt, measuredAt, expiresAt } of receipts) {
    if (seen.has(receipt.id)) continue;
    seen.add(receipt.id);
    ledger.receiptSeen({
      id: receipt.id,
      at: clock.wallNow(),
      subject: subjectKey(receipt.subject),
      target: receipt.target.target,
      verdict: receipt.verdict,
      measuredAt,
      expiresAt,
      body: JSON.stringify(receipt),
    });
  }
}

function tellRefused(now: readonly RefusedReceipt[], before: readonly RefusedReceipt[], { log }: ReceiptParts): void {
  for (const { file, because } of now) {
    const told = before.some((one) => one.file === file && one.because === because);
    if (!told) log('warn', { file, because }, 'a file is no receipt, or none to be believed');
  }
}

/** Never twice at once, and not after `stop`. */
function repeatedly(task: () => Promise<void>, everyMs: () => number, clock: Clock): () => void {
  let stopped = false;
  let cancel: () => void = () => undefined;
  const wait = () => {
    cancel = clock.setTimer(everyMs(), async () => {
      await task();
      if (!stopped) wait();
    });
  };
  wait();
  return () => {
    stopped = true;
    cancel();
  };
}
