import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContestant } from '../contestants.ts';
import { freePort, startMeasured } from '../measured-process.ts';
import { PATHS } from '../payload.ts';

/** Configured by a file alone, as its guide for deployments has it (docs.getbifrost.ai, "config.json"). */
export function bifrost(installed: string, version: string, folder: string): BenchContestant {
  return {
    name: 'bifrost',
    version: `bifrost-http ${version}`,
    grants: ['streams'],
    speaks: [{ caller: 'openai-chat', provider: 'openai-chat', model: 'openai/bench', headers: () => ({}) }],
    callers: 1,
    path: PATHS['openai-chat'],
    headers: () => ({}),
    async start(providerUrl) {
      const port = await freePort();
      const place = mkdtempSync(join(folder, 'bifrost-'));
      writeFileSync(join(place, 'config.json'), JSON.stringify(configOf(providerUrl)));
      return startMeasured({
        program: join(installed, 'bin/bifrost-http'),
        args: ['-app-dir', place, '-host', '127.0.0.1', '-port', String(port)],
        port,
        ready: '/health',
      });
    },
  };
}

function configOf(providerUrl: string) {
  const key = { name: 'bench', value: 'provider-key', models: ['*'], weight: 1 };
  return {
    providers: { openai: { keys: [key], network_config: { base_url: providerUrl } } },
    config_store: { enabled: false },
  };
}
