import { OTHER, OURS } from './cases.ts';
import { type BenchContestant, bareProxy, HERE, understudy } from './contestants.ts';
import { bifrost } from './peers/bifrost.ts';
import { type Installed, installPeers } from './peers/installs.ts';
import { litellm } from './peers/litellm.ts';
import { nginx } from './peers/nginx.ts';
import { portkey } from './peers/portkey.ts';

/** Who could not take part. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

export interface Roster {
  readonly contestants: readonly BenchContestant[];
  readonly leftOut: readonly LeftOut[];
}

export interface Wanted {
  /** A folder that is deleted afterwards. */
  readonly folder: string;
  /** Another built checkout. */
  readonly against: string | undefined;
  /** Where peers are installed; undefined: they take no part. */
  readonly peersDir: string | undefined;
  /** Parts of the names of those who take part; empty: all. */
  readonly only: readonly string[];
}

/** Everybody who takes part, in the order of their turns. */
export async function rosterOf(wanted: Wanted, progress: (text: string) => void): Promise<Roster> {
  const { folder, against, peersDir, only } = wanted;
  const web = nginx(folder);
  const leftOut: LeftOut[] = web === undefined ? [{ name: 'nginx', reason: 'is not installed' }] : [];
  const peers: BenchContestant[] = [];
  for (const peer of peersDir === undefined ? [] : await installPeers(peersDir, progress)) {
    if ('reason' in peer) leftOut.push(peer);
    else peers.push(contestantOf(peer, folder));
  }
  const contestants = [
    ...(web ? [web] : []),
    bareProxy(),
    understudy(OURS, HERE, folder),
    ...(against === undefined ? [] : [understudy(OTHER, against, folder)]),
    ...peers,
  ];
  return { contestants: contestants.filter(({ name }) => isWanted(name, only)), leftOut };
}

export function isWanted(name: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((part) => name.includes(part));
}

function contestantOf(peer: Extract<Installed, { folder: string }>, folder: string): BenchContestant {
  switch (peer.name) {
    case 'portkey':
      return portkey(peer.folder, peer.version);
    case 'litellm':
      return litellm(peer.folder, peer.version, folder);
    case 'bifrost':
      return bifrost(peer.folder, peer.version, folder);
  }
}
