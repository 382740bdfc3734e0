import type { GateLimits, Policy, Route, RouteTarget, Timeouts } from '../../src/engine/route.ts';
import { UNKNOWN_CAPABILITIES } from '../../src/model/capability.ts';
import { route, routeTarget } from '../kit/engine-kit.ts';
import type { Dice } from './dice.ts';

export const REGIONS = ['eu', 'us'] as const;

/** A target before it is on a route. What belongs to its lane is the same wherever it stands. */
export interface TargetSketch {
  readonly id: string;
  readonly region: string;
  readonly tools: boolean;
  readonly prefill: boolean;
  readonly gate: GateLimits;
}

/** One to three routes over the same targets, each with a policy of its own. */
export function drawRoutes(
  dice: Dice,
  targets: readonly TargetSketch[],
  world: { calm: boolean; spanMs: number },
): Route[] {
  return Array.from({ length: dice.int(1, 3) }, (_, at) => drawRoute(dice, targets, { ...world, name: `route-${at}` }));
}

function drawRoute(dice: Dice, targets: readonly TargetSketch[], world: { calm: boolean; name: string }): Route {
  const timeouts = drawTimeouts(dice, world.calm);
  const chosen = dice
    .shuffled(targets)
    .slice(0, dice.int(1, targets.length))
    .map((sketch) => targetOf(sketch, timeouts));
  if (world.calm) return route(chosen, { name: world.name });
  const deadlineMs = dice.int(1_000, 30_000);
  const budget = { primaryBudgetMs: dice.int(500, 12_000), deadlineMs };
  return route(chosen, {
    name: world.name,
    policy: drawPolicy(dice),
    streamBudget: budget,
    unaryBudget: { ...budget, deadlineMs: deadlineMs * 2 },
    reserve: dice.pick([0, 0.25, 0.5]),
    attempts: dice.int(1, 4),
    hold: dice.pick([
      { kind: 'first-content' },
      { kind: 'first-content' },
      { kind: 'tokens', count: dice.int(1, 12) },
      { kind: 'whole-answer' },
    ] as const),
    recovery: dice.pick(['error', 'resume', 'continue'] as const),
    onContentPolicy: dice.pick(['stop', 'next'] as const),
    audit: dice.pick(['best-effort', 'required'] as const),
    ...(dice.chance(0.3) && { repair: 'Answer once more, exactly as asked.' }),
  });
}

function drawPolicy(dice: Dice): Policy {
  return dice.chance(0.85) ? { kind: 'hot-cold' } : { kind: 'single' };
}

function drawTimeouts(dice: Dice, calm: boolean): Timeouts {
  const firstContentMs = calm ? 15_000 : dice.int(500, 15_000);
  return {
    connectMs: 3_000,
    headersMs: calm ? 10_000 : dice.int(500, 10_000),
    firstContentMs,
    gapMs: calm ? 30_000 : dice.int(1_000, 30_000),
    totalMs: 600_000,
    minCharsPerSecond: calm || dice.chance(0.7) ? 0 : 5,
  };
}

function targetOf(sketch: TargetSketch, timeouts: Timeouts): RouteTarget {
  const abilities = {
    ...UNKNOWN_CAPABILITIES.abilities,
    tools: sketch.tools ? ('unknown' as const) : ('no' as const),
    prefill: sketch.prefill ? ('yes' as const) : ('unknown' as const),
  };
  return routeTarget(sketch.id, {
    of: { region: sketch.region, capabilities: { ...UNKNOWN_CAPABILITIES, abilities } },
    gate: sketch.gate,
    stream: timeouts,
    unary: timeouts,
  });
}
