import type { Dice } from './dice.ts';
import { drawRoutes, type TargetSketch } from './draw-routes.ts';
import type { Disturbance, PlannedProvider, StatusLie } from './world-plan.ts';

/** What happens beside the requests. Everything that stands for a while ends within the span. */
export function drawDisturbances(dice: Dice, spanMs: number, targets: readonly TargetSketch[]): Disturbance[] {
  const drawn: Disturbance[] = [];
  const atMs = () => dice.number(0, spanMs);
  if (dice.chance(0.2)) drawn.push({ kind: 'clock-step', atMs: atMs(), byMs: dice.number(-86_400_000, 86_400_000) });
  if (dice.chance(0.15)) drawn.push({ kind: 'freeze', atMs: atMs(), ms: dice.number(10, 6_000) });
  if (dice.chance(0.2)) {
    drawn.push({ kind: 'reload', atMs: atMs(), routes: drawRoutes(dice, targets, { calm: false, spanMs }) });
  }
  for (let orders = dice.chance(0.25) ? dice.int(1, 4) : 0; orders > 0; orders -= 1) {
    drawn.push(drawOrder(dice, spanMs, dice.pick(targets).id));
  }
  if (dice.chance(0.1)) {
    const from = atMs();
    const ms = dice.number(1, spanMs - from + 1);
    drawn.push({ kind: 'shut', atMs: from, target: dice.pick(targets).id, route: 'route-0', ms });
  }
  return drawn;
}

const ACTIONS = ['drain', 'undrain', 'hold', 'release', 'breaker-open', 'breaker-close'] as const;

function drawOrder(dice: Dice, spanMs: number, target: string): Disturbance {
  const atMs = dice.number(0, spanMs);
  return { kind: 'operator', atMs, target, action: dice.pick(ACTIONS), ms: dice.number(1, spanMs - atMs + 1) };
}

const STATES = ['operational', 'degraded', 'partial', 'outage', 'maintenance', 'unknown'] as const;

/** Pages say what they like, at any time. */
export function drawStatusLies(dice: Dice, spanMs: number, providers: readonly PlannedProvider[]): StatusLie[] {
  if (dice.chance(0.6)) return [];
  return Array.from({ length: dice.int(1, 3) }, () => {
    const fromMs = dice.number(0, spanMs);
    const untilMs = dice.number(fromMs, spanMs);
    return { provider: dice.pick(providers).id, fromMs, untilMs, state: dice.pick(STATES) };
  });
}
