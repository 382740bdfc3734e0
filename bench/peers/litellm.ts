import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { BenchContestant, Spoken } from '../contestants.ts';
import { freePort, startMeasured } from '../measured-process.ts';
import { PATHS } from '../payload.ts';

/** It refuses to start without a key of its own. */
const KEY = 'sk-bench-caller-of-the-understudy-bench';
const BEARER = { authorization: `Bearer ${KEY}` };
const START_LIMIT_MS = 120_000;

/** One worker, as by default; no database, hence no spend log. */
export function litellm(venv: string, version: string, folder: string): BenchContestant {
  const chat = { caller: 'openai-chat', headers: () => BEARER } as const;
  return {
    name: 'litellm',
    version: `litellm ${version}`,
    grants: ['fallbackUrl', 'streams'],
    speaks: [
      { ...chat, provider: 'openai-chat', model: 'chat' },
      { ...chat, provider: 'anthropic-messages', model: 'claude' },
    ] satisfies Spoken[],
    callers: 0.1,
    // It takes ten seconds and more to start, for each of them, and serves a fraction of what the others ask of everybody.
    scenarios: ['failover'],
    path: PATHS['openai-chat'],
    headers: () => BEARER,
    async start(providerUrl, wish = {}) {
      const port = await freePort();
      const file = join(mkdtempSync(join(folder, 'litellm-')), 'config.yaml');
      writeFileSync(file, stringify(configOf(providerUrl, wish.fallbackUrl)));
      return startMeasured({
        program: join(venv, 'bin/litellm'),
        args: ['--config', file, '--host', '127.0.0.1', '--port', String(port)],
        // Otherwise it asks GitHub for a list of prices before it serves.
        env: { LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_MASTER_KEY: KEY },
        port,
        ready: '/health/liveliness',
        startLimitMs: START_LIMIT_MS,
      });
    },
  };
}

function configOf(providerUrl: string, fallbackUrl: string | undefined) {
  const openai = (name: string, url: string) => ({
    model_name: name,
    litellm_params: { model: 'openai/bench', api_base: `${url}/v1`, api_key: 'provider-key' },
  });
  const claude = {
    model_name: 'claude',
    litellm_params: { model: 'anthropic/bench', api_base: providerUrl, api_key: 'provider-key' },
  };
  if (fallbackUrl === undefined) return { model_list: [openai('chat', providerUrl), claude] };
  return {
    model_list: [openai('chat', providerUrl), openai('second', fallbackUrl), claude],
    litellm_settings: { fallbacks: [{ chat: ['second'] }] },
  };
}
