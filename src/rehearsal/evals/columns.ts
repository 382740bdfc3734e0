import type { Route } from '../../engine/route.ts';
import type { EvalHouse } from './house.ts';
import type { EvalColumn } from './report.ts';
import type { EvalSuite } from './suite.ts';
import { SuiteError } from './suite-error.ts';

/** One target of the matrix, with the route that leads to it and to nobody else. */
export interface Column {
  readonly target: string;
  readonly route: Route;
  readonly primaryOnly?: EvalColumn['primaryOnly'];
}

/** Who is asked, in order; the primary is one of them. */
export interface Matrix {
  readonly columns: readonly Column[];
  readonly primary: string;
}

/**
 * The targets of a suite: those that it names, else its route's. `only` narrows them down, and keeps the primary, which
 * the others are compared with.
 */
export function matrixOf(suite: EvalSuite, house: EvalHouse, only?: readonly string[]): Matrix {
  const base = baseRoute(suite, house);
  const named = suite.targets ?? base?.targets.map(({ target }) => target.id);
  if (!named) {
    const why = `${suite.file}: names no targets, and the prompt ${suite.subject.name} is used by no route`;
    throw new SuiteError(`${why}: write targets, or subject: { prompt, route }`);
  }
  const primary = suite.primary ?? named[0] ?? '';
  const wanted = only ? [primary, ...only.filter((id) => id !== primary)] : [...new Set([primary, ...named])];
  const primaryOnly = primaryOnlyOf(suite, house);
  const columns = wanted.map((target): Column => {
    const route = routeTo(target, base, house);
    return { target, route, ...(primaryOnly && target !== primary && { primaryOnly }) };
  });
  return { columns, primary };
}

/** The route whose rules hold; for a prompt without one the first that is bound to it. */
function baseRoute({ subject, file }: EvalSuite, house: EvalHouse): Route | undefined {
  const name = subject.kind === 'route' ? subject.name : subject.route;
  if (name !== undefined) {
    const route = house.route(name);
    if (!route) throw new SuiteError(`${file}: subject: ${name} is no route of the configuration`);
    return route;
  }
  return house.routeBoundTo(subject.name);
}

function primaryOnlyOf({ subject, file }: EvalSuite, house: EvalHouse): EvalColumn['primaryOnly'] {
  if (subject.kind !== 'prompt') return undefined;
  const present = house.engine.prompts?.present(subject.name);
  if (!present) throw new SuiteError(`${file}: subject: ${subject.name} is no prompt of the configuration`);
  const { primaryOnly } = present.spec;
  // Its author's word ends; from then on the comparison counts as any other.
  if (!primaryOnly || primaryOnly.until <= house.engine.clock.wallNow()) return undefined;
  return { reason: primaryOnly.reason, until: new Date(primaryOnly.until).toISOString() };
}

/**
 * A target alone under the rules of the route: residency, retention, budgets, contract and times. Parity is what is
 * being measured, and no other target stands by to answer in its place.
 */
function routeTo(id: string, base: Route | undefined, house: EvalHouse): Route {
  const target = base?.targets.find((one) => one.target.id === id) ?? house.rawRoute(id)?.targets[0];
  const rules = base ?? house.rawRoute(id);
  if (!target || !rules) throw new SuiteError(`${id}: its provider is not configured`);
  const { degraded: _, ...kept } = rules;
  return {
    ...kept,
    targets: [target],
    policy: { kind: 'single' },
    demands: { ...rules.demands, tier: 'any', parity: { mode: 'none' } },
    score: 'off',
    affinity: 'off',
    recovery: 'error',
  };
}

/** Another model under the same rules of where data may go: a judge reads what the targets were asked. */
export function routeOfJudge(id: string, { columns }: Matrix, house: EvalHouse): Route {
  const { residency, maxRetentionDays } = columns[0]?.route.demands ?? {};
  const route = routeTo(id, undefined, house);
  return {
    ...route,
    demands: {
      ...route.demands,
      ...(residency && { residency }),
      ...(maxRetentionDays !== undefined && { maxRetentionDays }),
    },
  };
}
