import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { aboutOf, type Finding, objectsIn, type Reading, type StatusState, stateOf, wordOf } from './finding.ts';

const STATE: Readonly<Record<string, StatusState>> = {
  operational: 'operational',
  resolved: 'operational',
  degraded: 'degraded',
  downtime: 'outage',
  maintenance: 'maintenance',
};

/**
 * Better Stack `index.json` (JSON:API): `data.attributes.aggregate_state`, and one `status_page_resource` for each
 * component in `included`. Undefined where it is no such page.
 */
export function readBetterStack(page: JsonValue): Reading | undefined {
  if (!isJsonObject(page) || !isJsonObject(page.data) || !isJsonObject(page.data.attributes)) return undefined;
  const { attributes } = page.data;
  const findings: Finding[] = [
    {
      ids: [],
      names: [],
      whole: true,
      state: stateOf(STATE, attributes.aggregate_state),
      about: aboutOf(wordOf(attributes.company_name), wordOf(attributes.aggregate_state)),
    },
  ];
  for (const resource of objectsIn(page.included)) {
    if (resource.type !== 'status_page_resource' || !isJsonObject(resource.attributes)) continue;
    const name = wordOf(resource.attributes.public_name);
    const state = stateOf(STATE, resource.attributes.status);
    findings.push({ ids: [wordOf(resource.id)], names: [name], whole: false, state, about: aboutOf(name) });
  }
  return { findings, namesOnlyTrouble: false };
}
