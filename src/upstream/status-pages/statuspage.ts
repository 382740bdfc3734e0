import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { aboutOf, type Finding, objectsIn, type Reading, type StatusState, stateOf, wordOf } from './finding.ts';

/** https://developer.statuspage.io: component states; `full_outage` is what incident.io's shim says. */
const COMPONENT: Readonly<Record<string, StatusState>> = {
  operational: 'operational',
  degraded_performance: 'degraded',
  partial_outage: 'partial',
  major_outage: 'outage',
  full_outage: 'outage',
  under_maintenance: 'maintenance',
};

/** Of the page as a whole. `major` is part of the service, by the way vendors use it; only `critical` is all of it. */
const INDICATOR: Readonly<Record<string, StatusState>> = {
  none: 'operational',
  minor: 'degraded',
  major: 'partial',
  critical: 'outage',
  maintenance: 'maintenance',
};

/** An incident whose cause is found and being watched says nothing about now. */
const UNDER_WAY = new Set(['investigating', 'identified']);

/**
 * Atlassian Statuspage `summary.json`, and its imitations. Every field may be missing: incident.io's shim has no
 * incidents, and its `updated_at` is months old on a healthy day. Undefined where it is no such page.
 */
export function readStatuspage(page: JsonValue): Reading | undefined {
  if (!isJsonObject(page) || (!Array.isArray(page.components) && !isJsonObject(page.status))) return undefined;
  const findings: Finding[] = [];
  for (const component of objectsIn(page.components)) {
    findings.push(finding(component, stateOf(COMPONENT, component.status)));
  }
  for (const incident of objectsIn(page.incidents)) {
    if (!UNDER_WAY.has(wordOf(incident.status).toLowerCase())) continue;
    const impact = stateOf(INDICATOR, incident.impact);
    for (const component of objectsIn(incident.components)) {
      findings.push(finding(component, impact, wordOf(incident.name)));
    }
  }
  if (isJsonObject(page.status)) {
    const { indicator, description } = page.status;
    const state = stateOf(INDICATOR, indicator);
    findings.push({ ids: [], names: [], whole: true, state, about: aboutOf(wordOf(description)) });
  }
  return { findings, namesOnlyTrouble: false };
}

function finding(component: JsonObject, state: StatusState, incident = ''): Finding {
  const name = wordOf(component.name);
  return { ids: [wordOf(component.id)], names: [name], whole: false, state, about: aboutOf(name, incident) };
}
