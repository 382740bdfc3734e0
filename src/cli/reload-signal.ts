import { closeSync, openSync } from 'node:fs';
import type { FileSnapshot } from '../workers/file-snapshot.ts';
import type { Output } from './output.ts';
import { watchFiles } from './watch-files.ts';

/** What serves and can be told to read its configuration again. */
export interface Reloadable {
  /** What the configuration in use was read from. */
  files(): FileSnapshot;
  reload(cause: 'signal' | 'watch'): Promise<unknown>;
}

/**
 * Reloads on SIGHUP, and with `watch` when the files change. Gives the function that ends it. A terminal that is closed
 * sends the same signal: where there was one and is none any more, the process ends as it would on SIGTERM.
 */
export function reloadOnSignal(serving: Reloadable, watching: boolean, output: Output): () => void {
  const files = watching
    ? watchFiles(
        () => void reload('watch'),
        (problem) => output.say(problem),
      )
    : undefined;
  const reload = async (cause: 'signal' | 'watch') => {
    await serving.reload(cause);
    files?.follow(serving.files());
  };
  const hadTerminal = process.stdin.isTTY === true;
  const onHangUp = () => {
    if (hadTerminal && !terminalIsThere()) process.kill(process.pid, 'SIGTERM');
    else void reload('signal');
  };
  files?.follow(serving.files());
  process.on('SIGHUP', onHangUp);
  return () => {
    process.off('SIGHUP', onHangUp);
    files?.close();
  };
}

function terminalIsThere(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
