import { readFileSync } from 'node:fs';

/** Part of the heap that is planned for open requests; the rest is for everything else. */
const HEAP_FOR_STREAMS = 0.5;
/** However small the heap, so many are served; what they hold beyond it is refused by memory. */
const LEAST_STREAMS = 64;
/** Connections beside the streams: idle ones of clients that keep them alive. */
const IDLE_CONNECTIONS = 1_024;
/** Descriptors of a process that serves nobody: the ledger, the log, the threads. */
const OWN_DESCRIPTORS = 64;
/** Share of the other descriptors for callers; the rest is for providers, who get one connection a request. */
const DESCRIPTORS_FOR_CALLERS = 0.6;

/**
 * Connections that may wait to be accepted while the event loop is late. The kernel drops what is over it without a word,
 * and a client that is dropped tries again after one, three and seven seconds; Node's own 511 are too few for that.
 */
export const ACCEPT_BACKLOG = 4_096;

/** What the process has to share out. */
export interface Room {
  /** Limit of V8's heap. */
  readonly heapBytes: number;
  /** What the system lets this process open at once; infinite where it does not say. */
  readonly descriptors: number;
}

/** How many requests and connections there is room for, where `streams` is what the operator asks for. */
export function roomFor(
  room: Room,
  asked: { readonly streams: number | undefined; readonly planBytes: number },
): { readonly streams: number; readonly connections: number } {
  const planned = Math.max(LEAST_STREAMS, Math.floor((room.heapBytes * HEAP_FOR_STREAMS) / asked.planBytes));
  const forCallers = Math.max(1, Math.floor((room.descriptors - OWN_DESCRIPTORS) * DESCRIPTORS_FOR_CALLERS));
  const forProviders = Math.max(1, Math.floor((room.descriptors - OWN_DESCRIPTORS) * (1 - DESCRIPTORS_FOR_CALLERS)));
  const streams = Math.min(asked.streams ?? planned, forProviders);
  return { streams, connections: Math.min(streams + IDLE_CONNECTIONS, forCallers) };
}

/** Open files that Linux allows this process; infinite where that cannot be read. */
export function descriptorLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
