import { runWorld, type WorldReport } from './run-world.ts';
import type { WorldPlan } from './world-plan.ts';

/** Worlds tried while one is made smaller. */
const MAX_TRIES = 150;

/**
 * The smallest world found in which the same invariant breaks: fewer requests first, by halves, then fewer incidents and
 * disturbances, one by one. Not the smallest there is.
 */
export async function shrink(report: WorldReport): Promise<WorldReport> {
  const wanted = report.violations[0]?.invariant;
  if (wanted === undefined) return report;
  let best = report;
  let tries = 0;
  const attempt = async (plan: WorldPlan): Promise<boolean> => {
    if (tries >= MAX_TRIES) return false;
    tries += 1;
    const next = await runWorld(plan);
    if (!next.violations.some(({ invariant }) => invariant === wanted)) return false;
    best = next;
    return true;
  };
  await fewerRequests(() => best.world.plan, attempt);
  for (const part of partsOf(best.world.plan)) await attempt(without(best.world.plan, part));
  await fewerRequests(() => best.world.plan, attempt);
  return best;
}

async function fewerRequests(plan: () => WorldPlan, attempt: (plan: WorldPlan) => Promise<boolean>): Promise<void> {
  for (let size = Math.ceil(plan().requests.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < plan().requests.length; ) {
      const { requests } = plan();
      const left = [...requests.slice(0, from), ...requests.slice(from + size)];
      if (!(await attempt({ ...plan(), requests: left }))) from += size;
    }
  }
}

type Part = { readonly provider: string; readonly fromMs: number } | { readonly disturbedAtMs: number };

function partsOf({ providers, disturbances }: WorldPlan): Part[] {
  const incidents = providers.flatMap(({ id, temper }) =>
    (temper.incidents ?? []).map(({ fromMs }) => ({ provider: id, fromMs })),
  );
  return [...incidents, ...disturbances.map(({ atMs }) => ({ disturbedAtMs: atMs }))];
}

function without(plan: WorldPlan, part: Part): WorldPlan {
  if ('disturbedAtMs' in part) {
    return { ...plan, disturbances: plan.disturbances.filter(({ atMs }) => atMs !== part.disturbedAtMs) };
  }
  return {
    ...plan,
    providers: plan.providers.map((provider) => {
      if (provider.id !== part.provider) return provider;
      const incidents = (provider.temper.incidents ?? []).filter(({ fromMs }) => fromMs !== part.fromMs);
      return { ...provider, temper: { ...provider.temper, incidents } };
    }),
  };
}
