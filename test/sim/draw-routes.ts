import { NO_DEMANDS, type RouteDemands } from '../../src/engine/demands.ts';
import { structuralGrades } from '../../src/engine/grader.ts';
import {
  BALANCES,
  type GateLimits,
  type Hedge,
  type Policy,
  type Route,
  type RouteTarget,
  type SelfCheck,
  type Timeouts,
} from '../../src/engine/route.ts';
import { UNKNOWN_CAPABILITIES } from '../../src/model/capability.ts';
import type { ScorePolicy } from '../../src/resilience/score.ts';
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
  readonly weight: number;
  /** First contents that take longer are too slow, in milliseconds. */
  readonly slow?: number;
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
    policy: drawPolicy(dice, chosen.length),
    demands: drawDemands(dice),
    score: drawScore(dice),
    affinity: dice.chance(0.3) ? 'off' : { keepMs: dice.int(1_000, 600_000), maxAgeMs: dice.int(1_000, 600_000) },
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

function drawPolicy(dice: Dice, targets: number): Policy {
  if (dice.chance(0.5)) return { kind: 'hot-cold' };
  switch (dice.int(0, 3)) {
    case 0:
      return { kind: 'single' };
    case 1:
      return {
        kind: 'quorum',
        size: Math.max(2, Math.min(targets, dice.int(2, 3))),
        pick: dice.pick(['first', 'best']),
        share: dice.number(0.2, 1),
        patienceMs: dice.number(100, 5_000),
        grader: structuralGrades,
      };
    case 2:
      return {
        kind: 'cascade',
        stepBudgetMs: dice.number(300, 10_000),
        onRefusal: dice.pick(['escalate', 'serve']),
        ...(dice.chance(0.4) && { selfCheck: drawSelfCheck(dice) }),
      };
    default:
      return {
        kind: 'same-model',
        balance: dice.pick(BALANCES),
        ...(dice.chance(0.7) && { hedge: drawHedge(dice) }),
      };
  }
}

/** Every virtual provider begins its replies with its own name: some of them agree with whatever they said. */
function drawSelfCheck(dice: Dice): SelfCheck {
  const accept = dice.pick(['alpha', 'beta', 'gamma']);
  return { ask: 'Is it right?', accept, maxTokens: 16, withinMs: dice.number(100, 5_000) };
}

function drawHedge(dice: Dice): Hedge {
  const after = dice.chance(0.7) ? { ms: dice.number(50, 2_000) } : { percentile: dice.int(50, 99) };
  return { after, budget: dice.number(0.02, 0.5) };
}

function drawScore(dice: Dice): ScorePolicy | 'off' {
  if (dice.chance(0.6)) return 'off';
  return {
    weights: { latency: 1, failure: 1, cost: dice.pick([0, 1]) },
    gain: dice.number(0.1, 0.5),
    dwellMs: dice.number(1_000, 60_000),
    windowMs: dice.number(5_000, 120_000),
    samples: dice.int(1, 20),
  };
}

function drawDemands(dice: Dice): RouteDemands {
  return {
    ...NO_DEMANDS,
    ...(dice.chance(0.1) && { residency: [dice.pick(REGIONS)] }),
    ...(dice.chance(0.1) && { maxFirstContentMs: dice.int(100, 2_000) }),
  };
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
    weight: sketch.weight,
    ...(sketch.slow !== undefined && { slow: { firstContentMs: sketch.slow } }),
    stream: timeouts,
    unary: timeouts,
  });
}
