import type { RequestOptions } from '../../src/model/chat-request.ts';
import type { VirtualTemper } from '../kit/virtual-provider.ts';
import { Dice } from './dice.ts';
import { drawDisturbances, drawStatusLies } from './draw-disturbances.ts';
import { drawIncidents } from './draw-incidents.ts';
import { drawRoutes, REGIONS, type TargetSketch } from './draw-routes.ts';
import type { PlannedProvider, PlannedRequest, RequestForm, WorldPlan } from './world-plan.ts';

const PROVIDERS = ['alpha', 'beta', 'gamma', 'delta'] as const;
/** Share of worlds in which nothing at all goes wrong. */
const CALM = 0.06;
const SPANS_MS = [3_000, 10_000, 30_000, 60_000, 180_000] as const;

/** The world of a seed: the same on every machine and in every run. */
export function drawWorld(seed: number): WorldPlan {
  const dice = new Dice(seed);
  const calm = dice.chance(CALM);
  const spanMs = dice.pick(SPANS_MS);
  const twins = dice.chance(0.15);
  const providers = PROVIDERS.slice(0, dice.int(1, PROVIDERS.length)).map((id) => ({
    id,
    temper: drawTemper(dice, { spanMs, calm, twins }),
  }));
  const targets = providers.flatMap(({ id }) => drawTargets(dice, id, calm));
  const routes = drawRoutes(dice, targets, { calm, spanMs });
  const requests = drawRequests(dice, { spanMs, calm, routes: routes.length, targets });
  const disturbances = calm ? [] : drawDisturbances(dice, spanMs, targets);
  const statusLies = calm ? [] : drawStatusLies(dice, spanMs, providers);
  return {
    seed,
    providers,
    routes,
    requests,
    disturbances,
    statusLies,
    calm,
    ledger: calm || dice.chance(0.8) ? 'good' : dice.pick(['slow', 'refuses']),
    faultsEndMs: faultsEnd(providers, spanMs),
  };
}

function faultsEnd(providers: readonly PlannedProvider[], spanMs: number): number {
  const ends = providers.flatMap(({ temper }) => (temper.incidents ?? []).map(({ untilMs }) => untilMs));
  return Math.max(spanMs, ...ends);
}

function drawTemper(dice: Dice, world: { spanMs: number; calm: boolean; twins: boolean }): VirtualTemper {
  const firstMs = dice.number(50, 800);
  const base: VirtualTemper = {
    firstContent: { medianMs: firstMs, sigma: world.calm ? 0.1 : dice.number(0, 0.7) },
    pace: { medianMs: dice.number(5, 80), sigma: 0.3 },
    pieces: world.twins ? [3, 3] : [1, 4],
    headersFirst: dice.chance(0.4),
    ...(world.twins && { author: (request) => `twin#${numberIn(String(request.body.user))}` }),
  };
  if (world.calm) return base;
  return {
    ...base,
    ...(dice.chance(0.2) && { capacity: { concurrent: dice.int(1, 20), queue: dice.int(0, 40) } }),
    ...(dice.chance(0.25) && {
      rateLimit: { perMinute: dice.int(30, 600), burst: dice.int(2, 60), tells: dice.chance(0.6) },
      tellsHeadroom: dice.chance(0.5),
    }),
    incidents: drawIncidents(dice, world.spanMs),
  };
}

function numberIn(user: string): string {
  return user.replace(/\D/g, '');
}

function drawTargets(dice: Dice, provider: string, calm: boolean): TargetSketch[] {
  const models = dice.chance(0.2) ? ['one', 'two'] : ['one'];
  const region = dice.pick(REGIONS);
  return models.map((model) => ({
    id: `${provider}/${provider}-${model}`,
    region,
    tools: calm || dice.chance(0.85),
    prefill: dice.chance(0.5),
    weight: dice.pick([0, 1, 1, 3]),
    ...(!calm && dice.chance(0.15) && { slow: dice.int(4_000, 10_000) }),
    gate:
      calm || dice.chance(0.6)
        ? { concurrency: 256, queue: 256, queueMs: 500 }
        : { concurrency: dice.int(1, 12), queue: dice.int(0, 20), queueMs: dice.int(50, 1_000) },
  }));
}

interface Traffic {
  readonly spanMs: number;
  readonly calm: boolean;
  readonly routes: number;
  readonly targets: readonly TargetSketch[];
}

/** Some come evenly, some in crowds. */
function drawRequests(dice: Dice, traffic: Traffic): PlannedRequest[] {
  const count = dice.int(45, 150);
  const crowds = dice.chance(0.4) ? Array.from({ length: dice.int(1, 3) }, () => dice.number(0, traffic.spanMs)) : [];
  const moments = Array.from({ length: count }, () =>
    crowds.length > 0 && dice.chance(0.6) ? dice.pick(crowds) + dice.number(0, 200) : dice.number(0, traffic.spanMs),
  );
  moments.sort((one, other) => one - other);
  return moments.map((atMs, at) => drawRequest(dice, traffic, { atMs, id: `req_${at + 1}` }));
}

function drawRequest(dice: Dice, traffic: Traffic, when: { atMs: number; id: string }): PlannedRequest {
  const stream = dice.chance(0.7);
  const form: RequestForm = dice.chance(0.7) ? 'text' : dice.pick(['tool', 'json']);
  const plain = { ...when, route: dice.int(0, traffic.routes - 1), stream, form, goesOn: dice.chance(0.3) };
  if (traffic.calm) return { ...plain, options: {} };
  return {
    ...plain,
    options: drawOptions(dice, traffic.targets),
    ...(dice.chance(0.08) && { leaves: { when: 'after-start' as const, ms: dice.number(0, 3_000) } }),
    ...(dice.chance(0.04) && { leaves: { when: 'after-first-byte' as const, ms: dice.number(0, 300) } }),
    ...(stream && dice.chance(0.1) && { readMs: dice.number(1, 4_000) }),
  };
}

function drawOptions(dice: Dice, targets: readonly TargetSketch[]): RequestOptions {
  return {
    ...(dice.chance(0.1) && { deadlineMs: dice.int(300, 15_000) }),
    ...(dice.chance(0.05) && { residency: [dice.pick(REGIONS)] }),
    ...(dice.chance(0.03) && { pin: dice.pick(targets).id }),
    ...(dice.chance(0.05) && { quality: 'strict' as const }),
    ...(dice.chance(0.2) && { conversation: `conversation_${dice.int(1, 8)}` }),
  };
}
