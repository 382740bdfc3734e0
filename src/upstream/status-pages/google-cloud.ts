import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { aboutOf, type Finding, objectsIn, type Reading, type StatusState, stateOf, wordOf } from './finding.ts';

const IMPACT: Readonly<Record<string, StatusState>> = {
  available: 'operational',
  service_information: 'degraded',
  service_disruption: 'partial',
  service_outage: 'outage',
};

/**
 * https://status.cloud.google.com/incidents.json: every incident of the last year. One is under way that has no end and
 * whose latest update does not say AVAILABLE. Undefined where it is no such list.
 */
export function readGoogleCloud(page: JsonValue): Reading | undefined {
  if (!Array.isArray(page)) return undefined;
  const findings: Finding[] = [];
  for (const incident of objectsIn(page)) {
    if (wordOf(incident.end) !== '') continue;
    const latest = isJsonObject(incident.most_recent_update) ? incident.most_recent_update.status : undefined;
    const now = stateOf(IMPACT, latest);
    if (now === 'operational') continue;
    const state = now === 'unknown' ? stateOf(IMPACT, incident.status_impact) : now;
    for (const product of objectsIn(incident.affected_products)) {
      const name = wordOf(product.title);
      const about = aboutOf(name, wordOf(incident.external_desc));
      findings.push({ ids: [wordOf(product.id)], names: [name], whole: false, state, about });
    }
  }
  return { findings, namesOnlyTrouble: true };
}
