import { XMLParser } from 'fast-xml-parser';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { aboutOf, type Finding, objectsIn, type Reading, type StatusState, wordOf } from './finding.ts';

/** An entry that nobody has closed within this time was forgotten rather than left open: milliseconds. */
const MAX_OPEN_MS = 24 * 3_600_000;

const OVER = /\b(resolved|completed|recovered|operating normally|all clear|back to normal)\b/i;
const MAINTENANCE = /\b(scheduled|maintenance|in progress)\b/i;
const SEVERE = /\b(outage|unavailable|disruption|down|major|partial)\b/i;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  // Nothing here is worth the risk of entities that expand into each other.
  processEntities: false,
  parseTagValue: false,
  isArray: (name) => name === 'item' || name === 'entry' || name === 'category',
});

/**
 * RSS 2.0 or Atom: an entry for each incident or each of its updates. Of entries with one title the newest counts; what
 * is not called resolved within a day was forgotten. Severity is told in words alone, if at all. Undefined where it is
 * no feed. `now`: milliseconds since 1970.
 */
export function readStatusFeed(text: string, now: number): Reading | undefined {
  const entries = entriesOf(text);
  if (entries === undefined) return undefined;
  const newest = new Map<string, Entry>();
  for (const entry of entries) {
    const known = newest.get(entry.topic);
    if (!known || entry.at > known.at) newest.set(entry.topic, entry);
  }
  const findings: Finding[] = [];
  for (const entry of newest.values()) {
    if (entry.over || now - entry.at > MAX_OPEN_MS) continue;
    const about = aboutOf(entry.title);
    findings.push({ ids: [], names: [entry.words], whole: false, state: entry.state, about });
    findings.push({ ids: [], names: [], whole: true, state: entry.state, about });
  }
  return { findings, namesOnlyTrouble: true };
}

interface Entry {
  /** What entries of one incident have in common: the title less the words that tell its progress. */
  readonly topic: string;
  readonly title: string;
  readonly words: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly over: boolean;
  readonly state: StatusState;
}

function entriesOf(text: string): Entry[] | undefined {
  let root: JsonValue;
  try {
    root = parser.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
  if (!isJsonObject(root)) return undefined;
  if (isJsonObject(root.rss)) {
    if (!('channel' in root.rss)) return undefined;
    return objectsIn(isJsonObject(root.rss.channel) ? root.rss.channel.item : undefined).flatMap(entryOf);
  }
  return 'feed' in root ? objectsIn(isJsonObject(root.feed) ? root.feed.entry : undefined).flatMap(entryOf) : undefined;
}

function entryOf(item: JsonObject): Entry[] {
  const title = textOf(item.title);
  const body = textOf(item.description) || textOf(item.summary) || textOf(item.content);
  const at = Date.parse(textOf(item.pubDate) || textOf(item.updated) || textOf(item.published));
  if (title === '' || Number.isNaN(at)) return [];
  const categories = Array.isArray(item.category) ? item.category.map(categoryOf) : [];
  // The state stands in the title or in front of the newest update, which comes first; older ones tell of the past.
  const head = `${title} ${body.replace(/<[^>]{0,200}>/g, ' ').slice(0, 200)}`;
  const over = OVER.test(head) || categories.some((category) => OVER.test(category));
  const maintenance = MAINTENANCE.test(title) && !SEVERE.test(title);
  const state = maintenance ? 'maintenance' : SEVERE.test(head) ? 'partial' : 'degraded';
  return [{ topic: topicOf(title), title, words: `${title} ${body}`.slice(0, 4_000), at, over, state }];
}

function topicOf(title: string): string {
  return title
    .toLowerCase()
    .replace(
      /\[[^\]]{0,40}\]|\b(investigating|identified|monitoring|update|resolved|completed)\b|service [a-z ]{1,40}:/g,
      '',
    )
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function textOf(value: JsonValue | undefined): string {
  if (isJsonObject(value)) return wordOf(value['#text']);
  return wordOf(value);
}

/** RSS writes `<category>resolved</category>`, Atom `<category term="resolved"/>`. */
function categoryOf(value: JsonValue): string {
  return isJsonObject(value) ? wordOf(value['@term']) || wordOf(value['#text']) : wordOf(value);
}
