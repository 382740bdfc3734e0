import type { World } from './world.ts';

/** What only shows over all requests of a world: retries and hedges against what was granted for them. */
export function checkBudgets(world: World): void {
  checkRetries(world);
  checkHedges(world);
}

/** A second attempt is one that was granted; one more at a stale socket has the number of the attempt before. */
function checkRetries(world: World): void {
  const made = new Map<string, Set<string>>();
  for (const { begun, started } of world.ledger.rows.values()) {
    for (const { lane, target, tryOfTarget } of started) {
      if (tryOfTarget === 1) continue;
      const known = made.get(lane) ?? new Set();
      made.set(lane, known.add(`${begun.requestId} ${target} ${tryOfTarget}`));
    }
  }
  for (const [lane, retries] of made) {
    const granted = world.lanes.grantedAt(lane);
    if (retries.size <= granted) continue;
    const detail = `${retries.size} retries, and ${granted} were granted`;
    world.tell({ invariant: 'retry-budget', atMs: world.clock.now(), lane, detail });
  }
}

/** Each request of a hedging route earns its share of one hedge. */
function checkHedges(world: World): void {
  const earned = new Map<string, number>();
  const hedges = new Map<string, number>();
  for (const [id, { route }] of world.asking) {
    if (route.policy.kind !== 'same-model' || !route.policy.hedge) continue;
    earned.set(route.name, (earned.get(route.name) ?? 0) + route.policy.hedge.budget);
    const hedged = world.ledger.rows.get(id)?.end?.decisions.some(({ type }) => type === 'hedged');
    if (hedged) hedges.set(route.name, (hedges.get(route.name) ?? 0) + 1);
  }
  for (const [route, made] of hedges) {
    const most = earned.get(route) ?? 0;
    if (made <= most + 1e-6) continue;
    const detail = `${made} hedges on ${route}, and its requests earned ${most.toFixed(2)}`;
    world.tell({ invariant: 'hedge-budget', atMs: world.clock.now(), detail });
  }
}
