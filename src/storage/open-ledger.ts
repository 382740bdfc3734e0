import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Ledger } from '../engine/ports.ts';
import type {
  FeedbackGiven,
  LaneEvent,
  LaneMinute,
  ModelReported,
  OperatorAction,
  ReceiptRevoked,
  ReceiptSeen,
} from '../engine/record.ts';
import { type Checkpoint, CheckpointFile, lastCheckpoint } from './checkpoints.ts';
import { ConversationReader } from './conversation-reader.ts';
import { type Conversations, conversationsOver } from './conversations.ts';
import { type Jobs, jobsOver } from './jobs.ts';
import { type LaneReader, openLaneReader } from './lane-reader.ts';
import { LedgerError } from './ledger-error.ts';
import { ledgerPath } from './ledger-path.ts';
import { type LedgerReader, openLedgerReader } from './ledger-reader.ts';
import { LedgerWriter } from './ledger-writer.ts';
import { openForReading } from './reading-connection.ts';
import { openReceiptReader, type ReceiptReader } from './receipt-reader.ts';
import type { RunIdentity } from './run-lease.ts';
import type { SealHead } from './seal-chain.ts';
import type { LedgerTrouble, WriterOptions } from './writer-options.ts';

export interface LedgerOptions extends Pick<WriterOptions, 'limits' | 'startThread' | 'sealKey'> {
  /** Path of the SQLite file; it and its folder are created. */
  readonly file: string;
  /** Told of everything that retried, was refused or got lost; for the log and for metrics. */
  readonly onTrouble: (trouble: LedgerTrouble) => void;
  /** File that the end of the chain of seals is added to; absent: it is told to `onCheckpoint` alone. */
  readonly checkpoints?: string;
  /** Told every minute in which something was sealed, every thousand seals, and at the end. */
  readonly onCheckpoint?: (head: SealHead) => void;
}

/** The writing side, with what the composition needs beside the port. */
export interface DurableLedger extends Ledger {
  /** Rows that are not in the file and will not be. */
  lost(): number;
  /** Rows that wait or are on their way. */
  queued(): number;
  /** Deletes finished requests begun before `beforeMs` (milliseconds since 1970); gives how many. */
  sweep(beforeMs: number): Promise<number>;
  /** Deletes what callers had kept and nobody has gone on with since `beforeMs`; gives how many conversations. */
  sweepConversations(beforeMs: number): Promise<number>;
  /** Deletes what happened to lanes before `beforeMs`, what still stands excepted, and what they carried before `minutesBeforeMs`. */
  sweepLanes(beforeMs: number, minutesBeforeMs: number): Promise<number>;
  /** Resolves once it is durable. */
  operatorActed(row: OperatorAction): Promise<void>;
  /** Resolves once it is durable; false where its caller has judged the answer before, or the request is gone. */
  feedbackGiven(row: FeedbackGiven): Promise<boolean>;
  laneMoved(row: LaneEvent): void;
  laneMinute(row: LaneMinute): void;
  receiptSeen(row: ReceiptSeen): void;
  /** Resolves once it is durable. */
  receiptRevoked(row: ReceiptRevoked): Promise<void>;
  modelReported(row: ModelReported): void;
  /** Writes what is queued, for at most `limitMs` (5,000 unless told), and closes writer and reader. */
  close(limitMs?: number): Promise<void>;
}

export interface OpenLedger {
  readonly ledger: DurableLedger;
  readonly reader: LedgerReader;
  readonly conversations: Conversations;
  readonly jobs: Jobs;
  readonly lanes: LaneReader;
  readonly receipts: ReceiptReader;
}

/**
 * Opens the ledger of this process: creates and migrates the file, marks as `unknown` what runs that are over left
 * unfinished, and starts the writer thread. Call it on the main thread, once for each process and file.
 * @throws LedgerError `driver-missing`, `not-a-ledger`, `newer-ledger`, `damaged`, `unwritable`, `busy`, `bad-query`
 */
export async function openLedger(options: LedgerOptions): Promise<OpenLedger> {
  const file = ledgerPath(options.file);
  const checkpoints = checkpointsOf(options);
  const newest = options.checkpoints === undefined ? undefined : await lastCheckpoint(options.checkpoints);
  const writer = await LedgerWriter.open({ ...options, ...checkpoints, file, run: thisRun() });
  try {
    if (newest) tellOfMissingTail(file, newest, options.onTrouble);
    const reader = openLedgerReader({ file });
    const kept = new ConversationReader(file);
    const jobs = jobsOver(file, writer);
    const lanes = openLaneReader({ file });
    const receipts = openReceiptReader({ file });
    const close = () => {
      reader.close();
      kept.close();
      jobs.view.close();
      lanes.close();
      receipts.close();
      return checkpoints.close();
    };
    const conversations = conversationsOver(writer, kept);
    return { ledger: withReaders(writer, close), reader, conversations, jobs, lanes, receipts };
  } catch (error) {
    await writer.close();
    throw error;
  }
}

function checkpointsOf({ checkpoints, onCheckpoint, onTrouble }: LedgerOptions) {
  const onFailed = (message: string) => onTrouble({ kind: 'checkpoint-failed', message, lostRows: 0 });
  const file = checkpoints === undefined ? undefined : new CheckpointFile(checkpoints, onFailed);
  return {
    onCheckpoint: (head: SealHead) => {
      file?.add(head, Date.now());
      onCheckpoint?.(head);
    },
    close: async () => file?.close(),
  };
}

/** A power cut can cost the last seals, and so can somebody who would have it look like one. */
function tellOfMissingTail(file: string, { seq, digest, at }: Checkpoint, onTrouble: LedgerOptions['onTrouble']): void {
  const connection = openForReading(file);
  try {
    const [range] = connection.prepare('select min(seq) as first from seals').all([]) as { first: number | null }[];
    if (seq < (range?.first ?? 1)) return;
    const [seal] = connection.prepare('select digest from seals where seq = ?').all([seq]) as { digest: string }[];
    if (seal?.digest === digest) return;
    const message = `The ledger has lost its end: seal ${seq}, which was checkpointed at ${at}, is ${seal ? 'another now' : 'missing'}.`;
    onTrouble({ kind: 'chain-cut', message, lostRows: 0 });
  } finally {
    connection.close();
  }
}

function thisRun(): RunIdentity {
  return {
    id: randomUUID(),
    host: hostname(),
    pid: process.pid,
    processStartedAt: Math.round(performance.timeOrigin),
  };
}

function withReaders(writer: LedgerWriter, closeOthers: () => Promise<void>): DurableLedger {
  return {
    requestBegun: (row) => writer.requestBegun(row),
    attemptStarted: (row) => writer.attemptStarted(row),
    attemptEnded: (row) => writer.attemptEnded(row),
    requestEnded: (row) => writer.requestEnded(row),
    lost: () => writer.lost(),
    queued: () => writer.queued(),
    sweep: (beforeMs) => sweepOf(writer, 'sweep-requests', beforeMs),
    sweepConversations: (beforeMs) => sweepOf(writer, 'sweep-conversations', beforeMs),
    sweepLanes: (beforeMs, minutesBeforeMs) => sweepLanesOf(writer, beforeMs, minutesBeforeMs),
    operatorActed: (row) => writer.operatorActed(row),
    feedbackGiven: async (row) => (await writer.ask({ kind: 'feedback', row }, row.comment?.length ?? 0)) > 0,
    laneMoved: (row) => writer.laneMoved(row),
    laneMinute: (row) => writer.laneMinute(row),
    receiptSeen: (row) => writer.receiptSeen(row),
    receiptRevoked: (row) => writer.receiptRevoked(row),
    modelReported: (row) => writer.modelReported(row),
    close: async (limitMs) => {
      await writer.close(limitMs);
      await closeOthers();
    },
  };
}

async function sweepOf(
  writer: LedgerWriter,
  kind: 'sweep-requests' | 'sweep-conversations',
  beforeMs: number,
): Promise<number> {
  return writer.ask({ kind, beforeMs: moment('beforeMs', beforeMs) });
}

async function sweepLanesOf(writer: LedgerWriter, beforeMs: number, minutesBeforeMs: number): Promise<number> {
  return writer.ask({
    kind: 'sweep-lanes',
    beforeMs: moment('beforeMs', beforeMs),
    minutesBeforeMs: moment('minutesBeforeMs', minutesBeforeMs),
  });
}

function moment(name: string, ms: number): number {
  if (Number.isFinite(ms)) return ms;
  throw new LedgerError('bad-query', `${name} must be milliseconds since 1970, not ${String(ms)}.`);
}
