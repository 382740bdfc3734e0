import type { Clock, StatusNote, StatusPages } from '../../engine/ports.ts';
import type { TargetDialectName } from '../../model/dialect-name.ts';
import type { StatusFeed } from '../../model/status-feed.ts';
import type { Target } from '../../model/target.ts';
import type { PageFetcher, Validators } from './fetch-page.ts';
import type { Reading } from './finding.ts';
import { readPage, wordOn } from './read-page.ts';

/** How long what was read last is believed when the page cannot be read any more. */
export const BELIEVED_MS = 30 * 60_000;
/** Longest pause before a page that cannot be read is asked again. */
const MAX_REST_MS = 15 * 60_000;
/** Pages are asked sooner or later by up to this share, so that replicas do not ask together. */
const JITTER = 0.2;

/** Told of every change of what a page says, and of its first failure in a row. */
export interface StatusListener {
  changed(change: { provider: string; dialect: TargetDialectName; from: StatusNote['state']; note: StatusNote }): void;
  unreadable(problem: { provider: string; url: string; why: string }): void;
}

export interface StatusReaderOptions {
  /** By the provider's name in the configuration. */
  readonly feeds: ReadonlyMap<string, StatusFeed>;
  /** How long a page is taken for current, in milliseconds. */
  readonly everyMs: number;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly fetcher: PageFetcher;
  readonly listener: StatusListener;
}

/**
 * Reads vendors' status pages when somebody asks and what is known is no longer current: the asker gets what is known,
 * the page is read behind its back. A gateway without traffic asks nobody.
 */
export class StatusReader implements StatusPages {
  readonly #pages = new Map<string, Page>();
  readonly #clock: Clock;
  readonly #fetcher: PageFetcher;
  readonly #closing = new AbortController();

  constructor(options: StatusReaderOptions) {
    this.#clock = options.clock;
    this.#fetcher = options.fetcher;
    for (const [provider, feed] of options.feeds) {
      this.#pages.set(provider, new Page(provider, feed, options, this.#closing.signal));
    }
  }

  of(target: Pick<Target, 'provider' | 'dialect'>): StatusNote | undefined {
    return this.#pages.get(target.provider)?.note(target.dialect, this.#clock.now());
  }

  /** Resolves when no page is being read: for programs that want to show what is known, and for tests. */
  async settled(): Promise<void> {
    await Promise.all([...this.#pages.values()].map((page) => page.reading));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.settled();
    await this.#fetcher.close();
  }
}

/** The last copy of a page that could be read. */
interface Copy {
  readonly url: string;
  readonly reading: Reading;
  readonly validators: Validators;
}

/** One provider's page. */
class Page {
  /** Being read right now. */
  reading: Promise<void> | undefined;
  readonly #provider: string;
  readonly #feed: StatusFeed;
  readonly #options: StatusReaderOptions;
  readonly #signal: AbortSignal;
  /** By the dialects that were asked about. */
  readonly #notes = new Map<TargetDialectName, StatusNote>();
  readonly #unknown: StatusNote;
  #copy: Copy | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #nextAt = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(provider: string, feed: StatusFeed, options: StatusReaderOptions, signal: AbortSignal) {
    this.#provider = provider;
    this.#feed = feed;
    this.#options = options;
    this.#signal = signal;
    this.#unknown = { state: 'unknown', readAt: options.clock.now() };
  }

  note(dialect: TargetDialectName, now: number): StatusNote {
    if (now >= this.#nextAt && this.reading === undefined && !this.#signal.aborted) {
      this.reading = this.#read().finally(() => {
        this.reading = undefined;
      });
    }
    if (now - this.#readAt > BELIEVED_MS) return this.#unknown;
    return this.#notes.get(dialect) ?? this.#look(dialect);
  }

  async #read(): Promise<void> {
    const { fetcher, clock } = this.#options;
    const whys: string[] = [];
    for (const url of this.#feed.urls) {
      const known = this.#copy?.url === url ? this.#copy : undefined;
      const answer = await fetcher.fetch(url, known?.validators ?? {}, this.#signal);
      if (this.#signal.aborted) return;
      if (answer.kind === 'unchanged' && known) return this.#took(known);
      if (answer.kind === 'page') {
        const reading = readPage(this.#feed.kind, answer.text, clock.wallNow());
        if (reading) return this.#took({ url, reading, validators: answer.validators });
      }
      whys.push(answer.kind === 'failed' ? answer.why : `no ${this.#feed.kind} page`);
    }
    this.#failed(whys);
  }

  #took(copy: Copy): void {
    const { clock, everyMs } = this.#options;
    this.#copy = copy;
    this.#failures = 0;
    this.#readAt = clock.now();
    this.#nextAt = this.#readAt + this.#spread(everyMs);
    for (const dialect of this.#notes.keys()) this.#look(dialect);
  }

  /** Makes the note on a dialect anew, and tells where it says something else than before. */
  #look(dialect: TargetDialectName): StatusNote {
    const before = this.#notes.get(dialect) ?? this.#unknown;
    const note = this.#copy
      ? { ...wordOn(this.#copy.reading, this.#feed, dialect), readAt: this.#readAt }
      : this.#unknown;
    this.#notes.set(dialect, note);
    if (note.state !== before.state) {
      this.#options.listener.changed({ provider: this.#provider, dialect, from: before.state, note });
    }
    return note;
  }

  #failed(whys: readonly string[]): void {
    const { clock, everyMs, listener } = this.#options;
    this.#failures += 1;
    const rest = Math.min(MAX_REST_MS, everyMs * 2 ** Math.min(this.#failures, 16));
    this.#nextAt = clock.now() + this.#spread(rest);
    if (this.#failures > 1) return;
    listener.unreadable({ provider: this.#provider, url: this.#feed.urls[0], why: whys.join(', then ') });
  }

  #spread(ms: number): number {
    return ms * (1 + JITTER * (2 * this.#options.random() - 1));
  }
}
