import type { TargetDialectName } from './dialect-name.ts';

/** How a vendor publishes its state for machines. */
export const STATUS_FEED_KINDS = [
  /** Atlassian Statuspage `summary.json`, and the shims of incident.io and others that look like it. */
  'statuspage',
  /** incident.io's own widget or summary. */
  'incident-io',
  /** Google Cloud's `incidents.json`. */
  'google-cloud',
  /** Instatus `summary.json`. */
  'instatus',
  /** Better Stack `index.json`. */
  'better-stack',
  /** RSS or Atom. */
  'feed',
] as const;
export type StatusFeedKind = (typeof STATUS_FEED_KINDS)[number];

/** A part of a vendor's service that its page speaks of apart from the rest. */
export interface StatusComponent {
  /** The page's own id, where it has ids; names change more often. */
  readonly id?: string;
  /** The page's name of it. In feeds: a word that titles or texts of its incidents hold. */
  readonly name: string;
  /** The dialects that it serves; absent: all of them. */
  readonly dialects?: readonly TargetDialectName[];
}

/** A machine-readable status page. */
export interface StatusFeed {
  readonly kind: StatusFeedKind;
  /** In order: the next is asked where the one before cannot be read. */
  readonly urls: readonly [string, ...string[]];
  /** What of the page counts. Empty: all of it, for vendors that serve one thing. */
  readonly components: readonly StatusComponent[];
}
