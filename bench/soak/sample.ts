import { statSync } from 'node:fs';

/** What the gateway's process held at one moment. */
export interface Sample {
  /** Since the load began. */
  readonly atMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Memory of buffers and other things outside the heap. */
  readonly externalBytes: number;
  readonly fileDescriptors: number;
  readonly sockets: number;
  readonly timers: number;
  /** Everything that keeps the event loop alive. */
  readonly resources: number;
  readonly openRequests: number;
  readonly queuedRows: number;
  readonly lostRows: number;
  /** Of the ledger's file, and of its write-ahead log. */
  readonly ledgerBytes: number;
  readonly logBytes: number;
  /** Of the event loop since the last sample. */
  readonly loopP99Ms: number;
}

/** Where the figures of a sample stand on the gateway's `/metrics`. */
const SERIES = {
  rssBytes: 'understudy_process_resident_memory_bytes',
  heapBytes: 'understudy_nodejs_heap_size_used_bytes',
  externalBytes: 'understudy_nodejs_external_memory_bytes',
  fileDescriptors: 'understudy_process_open_fds',
  resources: 'understudy_nodejs_active_resources_total',
  openRequests: 'understudy_open_requests',
  queuedRows: 'understudy_ledger_queued_rows',
  lostRows: 'understudy_ledger_lost_rows',
  loopP99Seconds: 'understudy_nodejs_eventloop_lag_p99_seconds',
} as const;
/** These are absent while there is none of them. */
const RESOURCES = {
  sockets: 'understudy_nodejs_active_resources{type="TCPSocketWrap"}',
  timers: 'understudy_nodejs_active_resources{type="Timeout"}',
} as const;

export type Metrics = ReadonlyMap<string, number>;

/** Every series of the text format with its value. */
export function readMetrics(text: string): Metrics {
  const metrics = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const at = line.lastIndexOf(' ');
    metrics.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return metrics;
}

/** Sum of a family's series, whatever their labels. */
export function sumOf(metrics: Metrics, family: string): number {
  let sum = 0;
  for (const [series, value] of metrics) if (series === family || series.startsWith(`${family}{`)) sum += value;
  return sum;
}

/** Throws where the gateway does not tell one of the figures: a soak that does not see is none. */
export function sampleOf(metrics: Metrics, ledgerFile: string, atMs: number): Sample {
  const read = (name: keyof typeof SERIES) => {
    const value = metrics.get(SERIES[name]);
    if (value === undefined) throw new Error(`the gateway does not tell ${SERIES[name]}`);
    return value;
  };
  return {
    atMs,
    rssBytes: read('rssBytes'),
    heapBytes: read('heapBytes'),
    externalBytes: read('externalBytes'),
    fileDescriptors: read('fileDescriptors'),
    resources: read('resources'),
    sockets: metrics.get(RESOURCES.sockets) ?? 0,
    timers: metrics.get(RESOURCES.timers) ?? 0,
    openRequests: read('openRequests'),
    queuedRows: read('queuedRows'),
    lostRows: read('lostRows'),
    ledgerBytes: sizeOf(ledgerFile),
    logBytes: sizeOf(`${ledgerFile}-wal`),
    loopP99Ms: read('loopP99Seconds') * 1_000,
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
