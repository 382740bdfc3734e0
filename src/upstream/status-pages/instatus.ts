import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { aboutOf, type Finding, objectsIn, type Reading, type StatusState, stateOf, wordOf } from './finding.ts';

const PAGE: Readonly<Record<string, StatusState>> = {
  up: 'operational',
  hasissues: 'degraded',
  undermaintenance: 'maintenance',
};
const IMPACT: Readonly<Record<string, StatusState>> = {
  operational: 'operational',
  degradedperformance: 'degraded',
  minoroutage: 'degraded',
  partialoutage: 'partial',
  majoroutage: 'outage',
  undermaintenance: 'maintenance',
};

/**
 * Instatus `/v3/summary.json`: the page's own state, and incidents under way; components are named by some pages alone.
 * Undefined where it is no such page.
 */
export function readInstatus(page: JsonValue): Reading | undefined {
  if (!isJsonObject(page) || !isJsonObject(page.page)) return undefined;
  const findings: Finding[] = [
    { ids: [], names: [], whole: true, state: stateOf(PAGE, page.page.status), about: aboutOf(wordOf(page.page.name)) },
  ];
  for (const component of objectsIn(page.components)) {
    const name = wordOf(component.name);
    const state = stateOf(IMPACT, component.status);
    findings.push({ ids: [wordOf(component.id)], names: [name], whole: false, state, about: aboutOf(name) });
  }
  for (const incident of objectsIn(page.activeIncidents)) {
    if (wordOf(incident.status).toUpperCase() === 'RESOLVED') continue;
    const name = wordOf(incident.name);
    // Without components an incident is known by its title alone.
    const names = [name, ...objectsIn(incident.components).map((component) => wordOf(component.name))];
    const about = aboutOf(name);
    const state = stateOf(IMPACT, incident.impact);
    findings.push({ ids: [], names, whole: false, state, about });
    findings.push({ ids: [], names: [], whole: true, state, about });
  }
  return { findings, namesOnlyTrouble: !Array.isArray(page.components) };
}
