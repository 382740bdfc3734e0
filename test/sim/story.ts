import { explainRequest } from '../../src/cli/explain-request.ts';
import type { StoredRequest } from '../../src/storage/stored-request.ts';
import type { Incident } from '../kit/virtual-incident.ts';
import { INVARIANTS, type Violation } from './invariants.ts';
import type { WorldReport } from './run-world.ts';
import type { RequestRows } from './watched-ledger.ts';
import type { World } from './world.ts';
import type { Disturbance, PlannedRequest } from './world-plan.ts';

/** The story of a world in which something did not hold, around the first thing that did not. */
export function storyOf({ world, violations }: WorldReport): string[] {
  const [first] = violations;
  return [
    ...worldLines(world),
    '',
    ...violations.map((violation) => `BROKEN ${violationLine(violation)}`),
    ...(first ? aroundLines(world, first) : ['Every invariant held.']),
  ];
}

function violationLine({ invariant, atMs, detail, requestId, lane }: Violation): string {
  const who = requestId ?? lane;
  return `${invariant} at ${ms(atMs)}${who === undefined ? '' : `, ${who}`}: ${detail} (${INVARIANTS[invariant]})`;
}

function worldLines({ plan, clock, asking }: World): string[] {
  const lines = [`World ${plan.seed}: ${asking.size} requests, ${ms(clock.now())} of virtual time`];
  for (const { name, policy, targets, attempts, hold, recovery } of plan.routes) {
    const order = targets.map(({ target }) => target.id).join(', ');
    lines.push(
      `  ${name}: ${policy.kind} over ${order}; attempts ${attempts}, hold ${hold.kind}, recovery ${recovery}`,
    );
  }
  for (const { id, temper } of plan.providers) {
    for (const incident of temper.incidents ?? []) lines.push(`  ${id}: ${incidentLine(incident)}`);
    if (temper.capacity) lines.push(`  ${id}: works on ${temper.capacity.concurrent} at once`);
    if (temper.rateLimit) lines.push(`  ${id}: takes ${temper.rateLimit.perMinute} a minute`);
  }
  for (const { provider, fromMs, untilMs, state } of plan.statusLies) {
    lines.push(`  ${ms(fromMs)} to ${ms(untilMs)}, the status page of ${provider} says ${state}`);
  }
  return [...lines, ...plan.disturbances.map((disturbance) => `  ${disturbanceLine(disturbance)}`)];
}

function incidentLine({ fromMs, untilMs, share, fault }: Incident): string {
  const { kind, ...how } = fault;
  const details = Object.entries(how).map(([name, value]) => ` ${name} ${round(value)}`);
  return `${ms(fromMs)} to ${ms(untilMs)}, ${Math.round(share * 100)} % of the requests: ${kind}${details.join(',')}`;
}

function disturbanceLine(disturbance: Disturbance): string {
  const at = `at ${ms(disturbance.atMs)}`;
  switch (disturbance.kind) {
    case 'clock-step':
      return `${at} the wall clock is set by ${ms(disturbance.byMs)}`;
    case 'freeze':
      return `${at} the event loop stands still for ${ms(disturbance.ms)}`;
    case 'reload':
      return `${at} the routes are replaced by ${disturbance.routes.map(({ name }) => name).join(', ')}`;
    case 'shut':
      return `${at} ${disturbance.target} is shut for ${disturbance.route} for ${ms(disturbance.ms)}`;
    case 'operator':
      return `${at} an operator says ${disturbance.action} of ${disturbance.target}, for ${ms(disturbance.ms)}`;
  }
}

function aroundLines(world: World, { requestId, lane }: Violation): string[] {
  const asking = requestId === undefined ? undefined : world.asking.get(requestId);
  const rows = requestId === undefined ? undefined : world.ledger.rows.get(requestId);
  const targets = asking?.route.targets.map(({ target }) => target.lane);
  const lanes = new Set([...(lane === undefined ? [] : [lane]), ...(targets ?? [])]);
  return [
    '',
    ...(asking ? plannedLines(asking.caller.planned) : []),
    ...(rows ? explainRequest(storedOf(rows)) : []),
    ...exchangeLines(world, requestId),
    '',
    'Lanes',
    ...world.moves
      .filter((move) => lanes.size === 0 || lanes.has(move.lane))
      .map(({ atMs, lane: id, from, to }) => `  ${ms(atMs)}  ${id}: ${from} → ${to}`),
  ];
}

function plannedLines({ id, atMs, form, options, leaves, readMs }: PlannedRequest): string[] {
  const said = Object.keys(options).length > 0 ? `, options ${JSON.stringify(options)}` : '';
  const leaving = leaves ? `, leaves ${ms(leaves.ms)} ${leaves.when.replaceAll('-', ' ')}` : '';
  const reading = readMs === undefined ? '' : `, reads ${ms(readMs)} a batch`;
  return [`${id} comes at ${ms(atMs)} and wants ${form}${said}${leaving}${reading}`];
}

function exchangeLines(world: World, requestId: string | undefined): string[] {
  const mine = world.upstream.exchanges.filter((exchange) => exchange.requestId === requestId);
  if (mine.length === 0) return [];
  const lines = mine.map(({ sentAt, target, end }) => {
    const how = end ? `${end.end}${end.fault ? ` (${end.fault.kind})` : ''} at ${ms(end.endedAt)}` : 'still open';
    return `  ${ms(sentAt)}  ${target}: ${how}, told ${end?.toldTokens ?? 0} tokens`;
  });
  return ['', 'On the wire', ...lines];
}

function storedOf({ begun, started, ended, end }: RequestRows): StoredRequest {
  return {
    ...begun,
    ...end,
    outcome: end?.outcome ?? 'running',
    attempts: end?.attempts ?? 0,
    usage: end?.usage ?? {},
    decisions: end?.decisions ?? [],
    decisionsDropped: 0,
    feedback: [],
    failover: end?.failover && { ...end.failover, at: begun.at },
    attemptRows: started.map((row) => {
      const last = ended.find(({ seq }) => seq === row.seq);
      const known = last ?? { state: 'reserved' as const, committed: false, usage: {} };
      return { ...row, ...known, losses: last?.losses ?? row.losses };
    }),
  };
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

function round(value: unknown): string {
  return typeof value === 'number' ? String(Math.round(value * 10) / 10) : String(value);
}
