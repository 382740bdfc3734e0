import { randomBytes } from 'node:crypto';
import { demoConfig } from '../config/demo.ts';
import type { LoadedConfig } from '../config/load.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';

const DEMO_ADMIN_KEY = 'UNDERSTUDY_DEMO_ADMIN_KEY';

/** What a process serves, and with which variables. */
export interface Prepared {
  readonly config: ResolvedConfig;
  /** Made for the demo, which shows it to whoever started it. */
  readonly adminKey: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** In the demo the admin API is open to whoever reads the banner; elsewhere the operator decides. `simulatorUrl`: of the demo. */
export function prepareConfig(
  loaded: LoadedConfig,
  simulatorUrl: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Prepared {
  const base = loaded.kind === 'demo' ? demoConfig(simulatorUrl ?? '', loaded.overrides) : loaded.config;
  const config = resolveConfig(base, env, loaded.kind === 'file' ? loaded.prompts : undefined);
  if (loaded.kind !== 'demo' || config.server.adminKey) return { config, adminKey: undefined, env };
  // A worker goes on with the key of its keeper.
  const adminKey = env[DEMO_ADMIN_KEY] ?? randomBytes(12).toString('hex');
  const reference = { kind: 'env' as const, name: DEMO_ADMIN_KEY };
  const withAdmin: ResolvedConfig = { ...config, server: { ...config.server, adminKey: reference } };
  return { config: withAdmin, adminKey, env: { ...env, [DEMO_ADMIN_KEY]: adminKey } };
}
