import type { Command, Option } from 'commander';
import type { Add } from './main.ts';

interface Shared {
  readonly addTo: (parent: Command) => Add;
  config(): Option;
  gateway(): Option;
  json(): Option;
}

/** `understudy parity`, and what makes and ends evidence. */
export function addParityCommands(program: Command, { addTo, config, gateway, json }: Shared): void {
  const parity = addTo(program)(
    'parity',
    'Show who may stand in for whom, and on what evidence.',
    async () => (await import('./parity.ts')).parity,
  )
    .addOption(config())
    .addOption(gateway())
    .addOption(json());
  const add = addTo(parity);
  add(
    'keygen',
    'Make the keys that receipts are signed with.',
    async () => (await import('./parity-keygen.ts')).parityKeygen,
  )
    .option('-o, --out <file>', 'file of the secret key; understudy-receipts.key when left out')
    .addOption(json());
  add('issue', 'Write the receipts of evaluations.', async () => (await import('./parity-issue.ts')).parityIssue)
    .argument('<report...>', 'reports of `understudy eval run --out`')
    .addOption(config())
    .addOption(json());
  add(
    'revoke',
    'End what was measured of a target until now.',
    async () => (await import('./parity-revoke.ts')).parityRevoke,
  )
    .argument('<subject>', 'prompt:name or route:name')
    .argument('<target>', 'provider/model')
    .addOption(config())
    .addOption(gateway())
    .option('--reason <text>', 'why, for the record')
    .addOption(json());
}
