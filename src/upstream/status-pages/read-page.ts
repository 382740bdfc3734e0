import type { TargetDialectName } from '../../model/dialect-name.ts';
import type { JsonValue } from '../../model/json.ts';
import type { StatusComponent, StatusFeed, StatusFeedKind } from '../../model/status-feed.ts';
import { readBetterStack } from './better-stack.ts';
import type { Finding, Reading, StatusState } from './finding.ts';
import { readGoogleCloud } from './google-cloud.ts';
import { readIncidentIo } from './incident-io.ts';
import { readInstatus } from './instatus.ts';
import { readStatusFeed } from './status-feed.ts';
import { readStatuspage } from './statuspage.ts';

/** Reads a page of one kind; undefined where it is none. `now`: milliseconds since 1970. Never throws. */
export function readPage(kind: StatusFeedKind, text: string, now: number): Reading | undefined {
  if (kind === 'feed') return readStatusFeed(text, now);
  let page: JsonValue;
  try {
    page = JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
  switch (kind) {
    case 'statuspage':
      return readStatuspage(page);
    case 'incident-io':
      return readIncidentIo(page);
    case 'google-cloud':
      return readGoogleCloud(page);
    case 'instatus':
      return readInstatus(page);
    case 'better-stack':
      return readBetterStack(page);
  }
}

/** Worst last; `unknown` is none of them: it says nothing. */
const SEVERITY: readonly StatusState[] = ['operational', 'maintenance', 'degraded', 'partial', 'outage'];

/** What a page says of the components that serve a dialect. */
export interface Word {
  readonly state: StatusState;
  readonly about?: string;
}

/** The worst of what is said of the components that serve `dialect`; `unknown` where the page speaks of none of them. */
export function wordOn(reading: Reading, feed: StatusFeed, dialect: TargetDialectName): Word {
  const scope = feed.components.filter(({ dialects }) => dialects === undefined || dialects.includes(dialect));
  const whole = feed.components.length === 0;
  const ours = reading.findings.filter((finding) =>
    whole ? finding.whole : scope.some((component) => speaksOf(finding, component, feed.kind)),
  );
  let worst: Finding | undefined;
  for (const finding of ours) {
    if (!worst || SEVERITY.indexOf(finding.state) > SEVERITY.indexOf(worst.state)) worst = finding;
  }
  if (worst) return { state: worst.state, ...(worst.about !== '' && { about: worst.about }) };
  return { state: reading.namesOnlyTrouble && (whole || scope.length > 0) ? 'operational' : 'unknown' };
}

function speaksOf(finding: Finding, component: StatusComponent, kind: StatusFeedKind): boolean {
  if (finding.whole) return false;
  if (component.id !== undefined && finding.ids.includes(component.id)) return true;
  const name = component.name.toLowerCase();
  // Feeds and Instatus know an incident by its words alone.
  const within = kind === 'feed' || kind === 'instatus';
  return finding.names.some((said) => (within ? said.toLowerCase().includes(name) : said.toLowerCase() === name));
}
