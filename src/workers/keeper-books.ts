import { addFamilies, type Families, readFamilies, writeFamilies } from './sum-metrics.ts';
import type { MetricsText } from './together.ts';

/** Conversations that somebody goes on with, by the worker that has them: one at a time, whoever asked. */
export class ConversationBook {
  readonly #holders = new Map<string, number>();

  take(conversation: string, index: number): boolean {
    if (this.#holders.has(conversation)) return false;
    this.#holders.set(conversation, index);
    return true;
  }

  release(conversation: string, index: number): void {
    if (this.#holders.get(conversation) === index) this.#holders.delete(conversation);
  }

  /** It has died, and goes on with nothing. */
  releaseAll(index: number): void {
    for (const [conversation, holder] of this.#holders) if (holder === index) this.#holders.delete(conversation);
  }
}

export interface KeeperFigures {
  readonly configured: number;
  readonly serving: number;
  readonly restarts: number;
}

/**
 * The metrics of all workers as one. What a worker had counted when it was last asked is kept after its death, so that
 * sums never fall.
 */
export class MetricsBook {
  readonly #last = new Map<number, Families>();
  readonly #departed: Families = new Map();

  died(index: number): void {
    const last = this.#last.get(index);
    if (last) addFamilies(this.#departed, last, 'counters');
    this.#last.delete(index);
  }

  sum(of: ReadonlyMap<number, MetricsText>, figures: KeeperFigures): MetricsText {
    const all: Families = new Map();
    let contentType = 'text/plain; version=0.0.4; charset=utf-8';
    for (const [index, metrics] of of) {
      const families = readFamilies(metrics.text);
      this.#last.set(index, families);
      contentType = metrics.contentType;
    }
    // One that did not answer in time has counted what it had counted, at least.
    for (const families of this.#last.values()) addFamilies(all, families);
    addFamilies(all, this.#departed);
    addFamilies(all, readFamilies(ownText(figures)));
    return { contentType, text: writeFamilies(all) };
  }
}

function ownText({ configured, serving, restarts }: KeeperFigures): string {
  const { user, system } = process.cpuUsage();
  const rows: readonly (readonly [string, string, string, number])[] = [
    ['understudy_workers', 'gauge', 'Workers that serve now.', serving],
    ['understudy_workers_configured', 'gauge', 'Workers that should serve.', configured],
    ['understudy_worker_restarts_total', 'counter', 'Workers that were replaced since the start.', restarts],
    ['understudy_keeper_cpu_seconds_total', 'counter', 'CPU time of the keeper.', (user + system) / 1e6],
    ['understudy_keeper_resident_memory_bytes', 'gauge', 'Resident memory of the keeper.', process.memoryUsage.rss()],
  ];
  return rows
    .map(([name, type, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`)
    .join('');
}
