import { type Explained, explainRoute, parseMoment } from '../engine/explain-route.ts';
import { NeedsError, parseNeeds, type StatedNeeds } from '../engine/stated-needs.ts';
import { openLaneReader } from '../storage/lane-reader.ts';
import { openLedgerReader } from '../storage/ledger-reader.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { explainRequest } from './explain-request.ts';
import { explainRouteText } from './explain-route-text.ts';
import { gatewayClient } from './gateway-client.ts';
import { ledgerFile } from './ledger-file.ts';
import { loadResolved } from './load.ts';
import { CommandError, type Output } from './output.ts';

interface ExplainOptions {
  readonly config?: string;
  readonly storage?: string;
  readonly gateway?: string;
  readonly need?: string;
  readonly down?: string;
  readonly at?: string;
  readonly caller?: string;
}

/** `understudy explain <request-id>`: a decision in words. `understudy explain <route>`: who would serve it, if. */
export function explain(options: ExplainOptions, output: Output, args: readonly string[]): Promise<CommandOutcome> {
  const [subject = ''] = args;
  return subject.startsWith('req_') ? explainStored(options, output, subject) : explainWhatIf(options, output, subject);
}

async function explainStored(options: ExplainOptions, output: Output, id: string): Promise<CommandOutcome> {
  const reader = openLedgerReader({ file: await ledgerFile(options) });
  try {
    const stored = await reader.request(id);
    if (!stored)
      throw new CommandError(
        EXIT.failed,
        `no request ${id} is in the ledger; \`understudy requests\` lists the newest`,
      );
    output.data(output.json ? JSON.stringify(stored, null, 2) : explainRequest(stored).join('\n'));
    return EXIT.ok;
  } finally {
    reader.close();
  }
}

/** Exit code 1 where nobody would serve. */
async function explainWhatIf(options: ExplainOptions, output: Output, route: string): Promise<CommandOutcome> {
  const needs = needsOf(options.need ?? '');
  const at = options.at === undefined ? undefined : parseMoment(options.at);
  if (options.at !== undefined && at === undefined) {
    throw new CommandError(EXIT.usage, '--at must be a moment such as 2026-01-31T12:00:00Z');
  }
  const explained = (await askedGateway(options, output, route)) ?? (await fromConfig(options, route, { needs, at }));
  output.data(output.json ? JSON.stringify(explained, null, 2) : explainRouteText(explained).join('\n'));
  return explained.outlook.serves.length > 0 ? EXIT.ok : EXIT.failed;
}

function needsOf(text: string): StatedNeeds {
  try {
    return parseNeeds(text);
  } catch (error) {
    if (error instanceof NeedsError) throw new CommandError(EXIT.usage, `--need: ${error.message}`);
    throw error;
  }
}

/** Undefined where no gateway was named and none can be asked: the configuration then has to do. */
async function askedGateway(options: ExplainOptions, output: Output, route: string): Promise<Explained | undefined> {
  const query = new URLSearchParams({ route });
  for (const name of ['need', 'down', 'at', 'caller'] as const) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  try {
    const gateway = await gatewayClient(options);
    return (await gateway.call('GET', `/admin/explain?${query}`)) as Explained;
  } catch (error) {
    if (options.gateway !== undefined || !(error instanceof Error)) throw error;
    if (!(error instanceof CommandError) && error.name !== 'SecretError') throw error;
    if (!output.json) output.say(`${error.message}\n`);
    return undefined;
  }
}

interface Asked {
  readonly needs: StatedNeeds;
  readonly at: number | undefined;
}

async function fromConfig(options: ExplainOptions, name: string, { needs, at }: Asked): Promise<Explained> {
  const config = await loadResolved(options.config);
  if (!config) throw new CommandError(EXIT.usage, 'no configuration file and no provider key in the environment');
  const route = config.routes.get(name);
  if (!route) {
    const known = [...config.routes.keys()].join(', ');
    throw new CommandError(
      EXIT.usage,
      `"${name}" is no route, and ids of requests begin with req_; routes are ${known}`,
    );
  }
  // Loaded when needed: to read one row of the ledger nobody needs the whole gateway.
  const { engineForQuestions, parityForQuestions } = await import('../compose.ts');
  const { parity } = await parityForQuestions(config, () => Date.now());
  const record = await laneRecord(options);
  try {
    return explainRoute(
      {
        route,
        needs,
        down: (options.down ?? '').split(',').filter((part) => part !== ''),
        ...(options.caller !== undefined && { caller: options.caller }),
        ...(at !== undefined && { at }),
      },
      { engine: await engineForQuestions(config, parity), live: false, ...(record && { record }) },
    );
  } finally {
    record?.close();
  }
}

/** Undefined where the gateway never ran. */
async function laneRecord(options: ExplainOptions) {
  try {
    return openLaneReader({ file: await ledgerFile(options) });
  } catch (error) {
    if ((error as { code?: string }).code === 'file-absent') return undefined;
    throw error;
  }
}
