import type { JsonObject } from '../model/json.ts';
import { schemaCheck } from '../quality/schema-check.ts';
import { DEFER_DEFAULTS, ROUTE_DEFAULTS } from './defaults.ts';
import type { Path } from './problems.ts';
import type { Finding } from './schema-problems.ts';
import type { RouteConfig } from './schema-routes.ts';

/** Options of `degraded` that need another one, or have no effect without it. */
export function checkDegraded(path: Path, route: RouteConfig): Finding[] {
  const { degraded } = route;
  if (!degraded) return [];
  const at: Path = [...path, 'degraded'];
  const { notice, noticeInText, onRefused, whenNobodyServes, static: prepared } = degraded;
  const wanting = (
    [
      ['onRefused', onRefused],
      ['whenNobodyServes', whenNobodyServes],
    ] as const
  ).filter(([, value]) => value === 'static');
  const found: Finding[] = [];
  if (noticeInText && !notice) {
    const fix = 'write the notice, e.g. `notice: { en: "We\'re temporarily using a backup model." }`, or leave it out';
    found.push({ path: [...at, 'noticeInText'], at: 'key', message: 'has no effect without a notice', fix });
  }
  if (!prepared) {
    const fix = 'write it beside this, e.g. `static: { text: "Please try again in a few minutes." }`';
    for (const [name] of wanting) found.push({ path: [...at, name], message: 'needs a prepared answer', fix });
  } else if (wanting.length === 0) {
    const fix = 'write `whenNobodyServes: static` or `onRefused: static` beside it, or leave it out';
    found.push({ path: [...at, 'static'], at: 'key', message: 'is never given', fix });
  }
  if (prepared) found.push(...againstContract([...at, 'static', 'json'], route));
  if (onRefused === 'defer' && deferWhen(route) === 'never') {
    const fix = 'write `defer: on-request` in the route, or another `onRefused`';
    found.push({ path: [...at, 'onRefused'], message: 'defers, and this route does not', fix });
  }
  return found;
}

/** Where the route's contract asks for JSON, callers who asked for text want it too. */
function againstContract(path: Path, { contract, degraded }: RouteConfig): Finding[] {
  const schema = contract?.schema;
  if (schema === undefined) return [];
  const json = degraded?.static?.json;
  if (json === undefined) {
    const fix = 'write `json` beside the text; without it every caller of this route gets the error';
    return [{ path: path.slice(0, -1), message: 'has no JSON, and the contract of the route asks for it', fix }];
  }
  const violation = schemaCheck(schema as JsonObject).violation(json);
  if (violation === undefined) return [];
  return [{ path, message: `does not keep the contract of the route: ${violation}`, fix: 'write JSON that does' }];
}

function deferWhen({ defer, workload }: RouteConfig) {
  const when = typeof defer === 'string' ? defer : defer?.when;
  return when ?? DEFER_DEFAULTS[workload ?? ROUTE_DEFAULTS.workload];
}
