import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Somebody else's gateway, at one version, in a folder of its own outside the repository. */
interface Peer {
  readonly name: string;
  readonly version: string;
  /** Programs and their arguments, run in the folder one after the other. */
  readonly install: (folder: string) => readonly (readonly string[])[];
}

export const PEERS = [
  {
    name: 'portkey',
    version: '1.15.2',
    install: (folder) => [
      ['npm', 'install', '--prefix', folder, '--no-audit', '--no-fund', '@portkey-ai/gateway@1.15.2'],
    ],
  },
  {
    name: 'litellm',
    version: '1.106.2',
    install: (folder) => [
      ['python3', '-m', 'venv', folder],
      [join(folder, 'bin/pip'), 'install', '--quiet', 'litellm[proxy]==1.106.2'],
    ],
  },
  {
    name: 'bifrost',
    version: 'v1.4.0',
    install: (folder) => [
      ['env', `GOBIN=${folder}/bin`, 'go', 'install', 'github.com/maximhq/bifrost/transports/bifrost-http@v1.4.0'],
    ],
  },
] as const satisfies readonly Peer[];

export type PeerName = (typeof PEERS)[number]['name'];

export type Installed =
  | { readonly name: PeerName; readonly version: string; readonly folder: string }
  | { readonly name: PeerName; readonly reason: string };

export const PEERS_DIR = join(homedir(), '.cache', 'understudy-bench');
const INSTALL_LIMIT_MS = 10 * 60_000;
const MAX_REASON_CHARS = 300;
/** Left in the folder once its install has ended well: how it was done. */
const MARK = 'installed.json';

/** Installs what is not there yet. Who cannot be installed is left out, and says why. */
export async function installPeers(folder: string, progress: (text: string) => void): Promise<Installed[]> {
  const done: Installed[] = [];
  for (const peer of PEERS) done.push(await installPeer(peer, peerFolder(folder, peer), progress));
  return done;
}

/** Where a peer is installed: its own folder, which an install that did not end well is deleted from. */
export function peerFolder(folder: string, { name, version }: Pick<Peer, 'name' | 'version'>): string {
  return join(folder, `${name}-${version}`);
}

async function installPeer(
  { name, version, install }: Peer & { readonly name: PeerName },
  folder: string,
  progress: (text: string) => void,
): Promise<Installed> {
  const mark = join(folder, MARK);
  const commands = install(folder);
  const told = JSON.stringify(commands);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === told) {
    progress(`${name} ${version}: installed before, in ${folder}`);
    return { name, version, folder };
  }
  progress(`${name} ${version}: installing into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    for (const [program = '', ...args] of commands)
      await promisify(execFile)(program, args, { cwd: folder, timeout: INSTALL_LIMIT_MS });
  } catch (error) {
    const reason = `cannot be installed: ${lastLine(error)}`;
    progress(`${name} ${version}: left out, ${reason}`);
    return { name, reason };
  }
  writeFileSync(mark, told);
  return { name, version, folder };
}

function lastLine(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  const text = said === '' ? String(error) : said;
  return (text.split('\n').at(-1) ?? text).trim().slice(0, MAX_REASON_CHARS);
}
