import type { Tools } from './compose-tools.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import type { StatusFeed } from './model/status-feed.ts';
import type { SharedPart } from './shared-parts.ts';
import type { StatusReader } from './upstream/status-pages/status-pages.ts';

/** Undefined where no page is to be read, or none is known: what reads them is not loaded then. */
export async function statusOf(config: ResolvedConfig, tools: Tools): Promise<SharedPart<StatusReader> | undefined> {
  const { statusPages } = config;
  const feeds = new Map<string, StatusFeed>();
  for (const { name, statusFeed } of config.providers.values()) if (statusFeed) feeds.set(name, statusFeed);
  if (!statusPages || feeds.size === 0) return undefined;
  const { everyMs } = statusPages;
  const reading = await loadReading();
  return tools.shared.take(`status pages ${JSON.stringify([everyMs, ...feeds])}`, () =>
    reader(reading, { feeds, everyMs }, tools),
  );
}

type Reading = Awaited<ReturnType<typeof loadReading>>;

async function loadReading() {
  const [{ StatusReader }, { createPageFetcher }] = await Promise.all([
    import('./upstream/status-pages/status-pages.ts'),
    import('./upstream/status-pages/fetch-page.ts'),
  ]);
  return { StatusReader, createPageFetcher };
}

interface Pages {
  readonly feeds: ReadonlyMap<string, StatusFeed>;
  readonly everyMs: number;
}

function reader({ StatusReader, createPageFetcher }: Reading, { feeds, everyMs }: Pages, tools: Tools): StatusReader {
  const { clock, chance, logger } = tools;
  return new StatusReader({
    feeds,
    everyMs,
    clock,
    random: () => chance.next(),
    fetcher: createPageFetcher(),
    listener: {
      changed: ({ provider, dialect, from, note }) =>
        logger.info({ provider, dialect, from, to: note.state, about: note.about }, 'a status page changed'),
      unreadable: (problem) => logger.warn(problem, 'a status page could not be read; its state is unknown'),
    },
  });
}
