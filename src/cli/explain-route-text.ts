import pc from 'picocolors';
import { formatDuration } from '../config/duration.ts';
import type { Explained, RouteThen } from '../engine/explain-route.ts';
import type { PeakLoad } from '../engine/headroom-outlook.ts';
import type { Policy } from '../engine/route.ts';
import type { BudgetOutlook } from '../engine/spending-outlook.ts';
import type { Outlook, TargetOutlook } from '../engine/what-if.ts';

/** Who would serve a route and why the others would not, in plain lines for a terminal. */
export function explainRouteText(explained: Explained): string[] {
  const { outlook, peak } = explained;
  return [
    `${pc.bold(outlook.route)}: ${servesLine(outlook)}`,
    `  ${BASIS[explained.basis](explained)}`,
    ...(explained.running === false ? ['  no gateway was running then, so nothing is known of its breakers'] : []),
    ...(outlook.preferred ? [`  not in the route's own order: ${outlook.preferred.detail}`] : []),
    ...outlook.targets.flatMap(targetLines),
    `  ${peakLine(peak)}`,
    ...outlook.budgets.map((budget) => `  ${budgetLine(budget)}`),
    ...(explained.served ? servedLines(explained.served) : []),
  ];
}

const BASIS = {
  live: () => 'as things stand now',
  configured: () => 'by the configuration alone: no gateway was asked, and the health of its targets is not known',
  recorded: ({ at }) => `as recorded at ${new Date(at).toISOString()}, with the routes of now`,
  foreseen: ({ at }) => `at ${new Date(at).toISOString()}, if nothing happens until then`,
} as const satisfies Record<Explained['basis'], (explained: Explained) => string>;

function servesLine({ serves, panic, together, policy }: Outlook): string {
  if (serves.length === 0) return pc.red('nobody serves');
  if (panic) return pc.yellow(`every breaker is open; ${serves.join(' or ')} is asked all the same`);
  return pc.green(`${serves.join(' or ')} ${how(policy, serves.length, together)}`.trimEnd());
}

function how(policy: Policy, serving: number, together: readonly string[]): string {
  switch (policy.kind) {
    case 'hot-cold':
    case 'single':
      return 'serves';
    case 'cascade':
      return 'is asked first, and its answer is given unless it is doubted';
    case 'quorum':
      return together.length < 2
        ? 'serves'
        : `serves; ${Math.round(policy.share * 100)} % of the requests go to ${together.join(' and ')} at once`;
    case 'same-model':
      return serving > 1 ? `serve, chosen by ${policy.balance}` : 'serves';
  }
}

const MARKS = { serves: pc.green('●'), 'stands-by': '○', out: pc.red('×') } as const;

function targetLines(target: TargetOutlook): string[] {
  const { verdict, reason, detail, retryAfterMs } = target;
  const why = reason === undefined ? '' : `: ${reason}${detail === undefined ? '' : ` (${detail})`}`;
  const again = retryAfterMs ? `, for another ${formatDuration(retryAfterMs)}` : '';
  return [
    `  ${MARKS[verdict]} ${target.target} ${verdict === 'stands-by' ? 'stands by' : verdict}${why}${again}`,
    `      ${[`breaker ${target.breaker}`, costOf(target), headroomText(target), statusText(target)].filter((part) => part !== '').join(' · ')}`,
    ...target.warnings.map((warning) => `      ! ${warning}`),
  ];
}

function costOf({ cost }: TargetOutlook): string {
  if (!cost || cost.perThousandUsd === null) return 'price not known';
  const times = cost.multiple === null ? '' : ` (${cost.multiple.toFixed(2)} × the primary)`;
  return `$${cost.perThousandUsd.toFixed(2)} for 1000 requests of ${cost.inputTokens} + ${cost.outputTokens} tokens${times}`;
}

function headroomText({ headroom }: TargetOutlook): string {
  if (headroom.enough === null) return '';
  const short = headroom.limits.filter(({ peak, limit }) => peak !== null && peak > limit);
  if (short.length === 0) return 'room for the peak of the primary';
  return pc.yellow(
    `too small for the peak: ${short.map(({ name, limit, peak }) => `${name} ${limit} of ${peak}`).join(', ')}`,
  );
}

function statusText({ status }: TargetOutlook): string {
  return status === null ? '' : `status page: ${status.state}${status.about === undefined ? '' : ` (${status.about})`}`;
}

function peakLine(peak: PeakLoad | null): string {
  if (!peak) return 'peak of the primary: nothing is on record';
  return `peak of the primary in 7 days: ${peak.attempts} requests in the minute of ${new Date(peak.at).toISOString()}, ${peak.active} at once, ${peak.tokens} tokens a minute`;
}

function budgetLine({ name, limitUsd, wouldCostUsd, lastsMinutes }: BudgetOutlook): string {
  const limit = `budget of ${name}: $${limitUsd}`;
  if (wouldCostUsd === null) return `${limit}; what the peak would cost is not known`;
  const would = `at the peak $${wouldCostUsd.toFixed(2)} ${name === 'an incident' ? 'more than the primary in an hour' : 'in that time'}`;
  return lastsMinutes === null
    ? `${limit}; ${would}, which it holds`
    : pc.yellow(`${limit} breaks after ${Math.floor(lastsMinutes)} min; ${would}`);
}

function servedLines(served: readonly RouteThen[]): string[] {
  if (served.length === 0) return ['  within five minutes of it nobody asked for this route'];
  return [
    '  within five minutes of it:',
    ...served.map(({ requests, outcome, servedBy, degradedCause }) => {
      const by = servedBy === undefined ? '' : ` by ${servedBy}`;
      const because = degradedCause === undefined ? '' : `, because of ${degradedCause}`;
      return `      ${requests} × ${outcome}${by}${because}`;
    }),
  ];
}
