import type { ResolvedConfig } from '../config/resolved-config.ts';
import { KeeperError } from './keeper-error.ts';

/** Exit codes of the command, as `docs/cli.md` has them. */
const USAGE = 2;
const UNREACHABLE = 4;
const OF_CONFIGURATION = ['ConfigError', 'SecretError', 'SuiteError'];

/** Why a gateway could not be started, in words for whoever started it. */
export function startProblem(
  error: unknown,
  config: ResolvedConfig | undefined,
): { readonly message: string; readonly exitCode: number } {
  const { code } = error as { code?: string };
  const where = config && `${config.server.host}:${config.server.port}`;
  if (code === 'EADDRINUSE' && where) {
    return { exitCode: UNREACHABLE, message: `${where} is taken; set PORT or server.port to another one` };
  }
  if (code === 'EACCES' && where) {
    const message = `${where} may not be opened by this user; set PORT or server.port to one above 1023`;
    return { exitCode: UNREACHABLE, message };
  }
  // A worker has found out already.
  if (error instanceof KeeperError) return error;
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  return { exitCode: OF_CONFIGURATION.includes(name) ? USAGE : UNREACHABLE, message };
}
