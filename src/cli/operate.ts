import { formatDuration } from '../config/duration.ts';
import type { RouteLoss } from '../engine/operator-orders.ts';
import type { OperatorAction, OperatorActionName } from '../engine/record.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { type GatewayOptions, gatewayClient } from './gateway-client.ts';
import { CommandError, type Output } from './output.ts';

interface OperateOptions extends GatewayOptions {
  /** Milliseconds. */
  readonly for?: number;
  readonly reason?: string;
  readonly force?: boolean;
}

interface OrderDone {
  readonly action: OperatorAction;
  readonly recorded: boolean;
  readonly routes: readonly RouteLoss[];
}

type Run = (options: OperateOptions, output: Output, args: readonly string[]) => Promise<CommandOutcome>;

/** `understudy drain|undrain|hold|release <target>`. */
export function operate(action: OperatorActionName): Run {
  return (options, output, [target = '']) => order({ action, target }, options, output);
}

/** `understudy breaker open|close <target>`. */
export const breaker: Run = (options, output, [move = '', target = '']) => {
  if (move === 'open' || move === 'close') return order({ action: `breaker-${move}`, target }, options, output);
  throw new CommandError(EXIT.usage, `breaker: "${move}" is neither open nor close`);
};

async function order(
  { action, target }: { readonly action: OperatorActionName; readonly target: string },
  options: OperateOptions,
  output: Output,
): Promise<CommandOutcome> {
  if (options.for !== undefined && action === 'breaker-close') {
    throw new CommandError(
      EXIT.usage,
      'breaker close: --for is for open; a closed breaker opens by itself when there are faults',
    );
  }
  const gateway = await gatewayClient(options);
  const done = (await gateway.call('POST', `/admin/targets/${encodeURIComponent(target)}/${action}`, {
    ...(options.for !== undefined && { forMs: options.for }),
    ...(options.reason !== undefined && { reason: options.reason }),
    ...(options.force === true && { force: true }),
  })) as OrderDone;
  if (output.json) output.data(JSON.stringify(done, null, 2));
  else for (const line of linesOf(done)) output.data(line);
  if (done.recorded) return EXIT.ok;
  output.say('the ledger could not be written: this holds until the gateway ends, and is nowhere on record');
  return EXIT.failed;
}

const DONE = {
  drain: 'drained',
  undrain: 'in use again',
  hold: 'held',
  release: 'released',
  'breaker-open': 'breaker open',
  'breaker-close': 'breaker closed',
} as const satisfies Record<OperatorActionName, string>;

function linesOf({ action, routes }: OrderDone): string[] {
  const { until, at } = action;
  const end =
    until === undefined ? '' : ` until ${new Date(until).toISOString()} (${formatDuration(Math.round(until - at))})`;
  return [`${action.target}: ${DONE[action.action]}${end}`, ...routes.map(lossLine)];
}

/** What a route has left, and what it can no longer do. */
export function lossLine({ route, left, abilities, window }: RouteLoss): string {
  if (left.length === 0) return `  route ${route}: nobody is left to serve it`;
  const lost = [
    ...(abilities.length > 0 ? [`loses ${abilities.join(', ')}`] : []),
    ...(window ? [`largest window ${window.to} instead of ${window.from} tokens`] : []),
  ];
  return `  route ${route}: left ${left.join(', ')}${lost.length > 0 ? `; ${lost.join('; ')}` : ''}`;
}
