import type { NamesChanged, ReloadChanges, ReloadOutcome, ReloadProblem } from '../compose.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { type GatewayOptions, gatewayClient } from './gateway-client.ts';
import type { Output } from './output.ts';

interface ReloadOptions extends GatewayOptions {
  readonly check?: boolean;
}

/** Longest time that a gateway may take for it, in milliseconds: others may have asked before. */
const RELOAD_MS = 60_000;

/** `understudy reload [--check]`. */
export async function reload(options: ReloadOptions, output: Output): Promise<CommandOutcome> {
  const gateway = await gatewayClient(options);
  const how = { limitMs: RELOAD_MS, accepts: isRefusal };
  const asked = { check: options.check === true };
  const outcome = (await gateway.call('POST', '/admin/reload', asked, how)) as ReloadOutcome;
  if (output.json) output.data(JSON.stringify(outcome, null, 2));
  else for (const line of linesOf(outcome)) output.data(line);
  return exitOf(outcome);
}

function isRefusal(body: unknown): boolean {
  return (body as { outcome?: unknown } | null)?.outcome === 'refused';
}

function exitOf(outcome: ReloadOutcome): CommandOutcome {
  if (outcome.outcome !== 'refused') return EXIT.ok;
  return outcome.because === 'invalid' ? EXIT.usage : EXIT.failed;
}

function linesOf(outcome: ReloadOutcome): string[] {
  const { generation } = outcome;
  switch (outcome.outcome) {
    case 'reloaded':
      return [`reloaded: configuration ${generation} is served`, ...changeLines(outcome.changes)];
    case 'would-reload':
      return [
        `would reload: configuration ${generation} is served, and this would change`,
        ...changeLines(outcome.changes),
      ];
    case 'unchanged':
      return [`unchanged: configuration ${generation} is served as before`];
    case 'refused':
      return [`refused: configuration ${generation} is served as before`, ...outcome.problems.flatMap(problemLines)];
  }
}

function changeLines({ sections, ...named }: ReloadChanges): string[] {
  const lines = Object.entries(named).flatMap(([what, names]) => nameLines(what, names));
  return sections.length > 0 ? [...lines, `  also changed: ${sections.join(', ')}`] : lines;
}

function nameLines(what: string, names: NamesChanged): string[] {
  return (['added', 'removed', 'changed'] as const).flatMap((how) =>
    names[how].length > 0 ? [`  ${what} ${how}: ${names[how].join(', ')}`] : [],
  );
}

function problemLines({ file, line, path, message, fix }: ReloadProblem): string[] {
  const place = line === undefined ? file : `${file}:${line}`;
  const field = path === '' ? '' : `${path}: `;
  return [`  ${place}  ${field}${message}`, ...(fix === undefined ? [] : [`      → ${fix}`])];
}
