import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { aboutOf, type Finding, objectsIn, type Reading, type StatusState, stateOf, wordOf } from './finding.ts';

const COMPONENT: Readonly<Record<string, StatusState>> = {
  operational: 'operational',
  degraded_performance: 'degraded',
  partial_outage: 'partial',
  major_outage: 'outage',
  full_outage: 'outage',
  under_maintenance: 'maintenance',
};

/**
 * incident.io: the widget (`/proxy/<host>`, `{summary: {components, affected_components, ongoing_incidents}}`) and the
 * public summary (`/api/v1/summary`, `{ongoing_incidents: [{affected_components: [{id, name, current_status}]}]}`).
 * Undefined where it is neither.
 */
export function readIncidentIo(page: JsonValue): Reading | undefined {
  if (!isJsonObject(page)) return undefined;
  const summary = isJsonObject(page.summary) ? page.summary : page;
  if (!Array.isArray(summary.ongoing_incidents) && !Array.isArray(summary.affected_components)) return undefined;
  const names = new Map<string, string>();
  for (const { id, name } of objectsIn(summary.components)) names.set(wordOf(id), wordOf(name));
  const findings: Finding[] = [];
  const add = (component: JsonObject, incident: string) => {
    const id = wordOf(component.id) || wordOf(component.component_id);
    const name = wordOf(component.name) || (names.get(id) ?? '');
    const state = stateOf(COMPONENT, component.current_status ?? component.status);
    findings.push({ ids: [id], names: [name], whole: false, state, about: aboutOf(name, incident) });
  };
  for (const component of objectsIn(summary.affected_components)) add(component, '');
  for (const incident of objectsIn(summary.ongoing_incidents)) {
    for (const component of objectsIn(incident.affected_components)) add(component, wordOf(incident.name));
    const state = stateOf(COMPONENT, incident.current_worst_impact);
    findings.push({ ids: [], names: [], whole: true, state, about: aboutOf(wordOf(incident.name)) });
  }
  return { findings, namesOnlyTrouble: true };
}
