import type { BenchDialect } from './payload.ts';

/** What is sent. */
export interface Case {
  readonly name: string;
  readonly stream: boolean;
  /** Size of the conversation, in characters. */
  readonly chars: number;
  readonly requests: number;
  readonly concurrency: number;
  /** What the gateway does more than pass it on; it is compared with the same request without. */
  readonly quality?: { readonly kind: 'prompt' | 'contract'; readonly plain: string };
}

/** Pieces of text in a streamed answer. */
export const STREAM_EVENTS = 200;
/** Between two pieces, in milliseconds: no two of one stream share a packet. */
export const STREAM_PACE_MS = 5;

const SHORT: Case = { name: 'whole answer, 1 kB asked', stream: false, chars: 1_000, requests: 1_500, concurrency: 16 };

export const CASES: readonly Case[] = [
  SHORT,
  { ...SHORT, name: `${SHORT.name}, bound prompt`, quality: { kind: 'prompt', plain: SHORT.name } },
  { ...SHORT, name: `${SHORT.name}, contract`, quality: { kind: 'contract', plain: SHORT.name } },
  { name: 'whole answer, 100 kB asked, 12 tools', stream: false, chars: 100_000, requests: 250, concurrency: 8 },
  { name: `stream of ${STREAM_EVENTS} events`, stream: true, chars: 1_000, requests: 60, concurrency: 20 },
];

/** Who stands between caller and provider. `other understudy`: the gateway of the checkout that is compared with. */
export type Through = 'bare proxy' | 'understudy' | 'other understudy';

/** One who stands between, and what is spoken on its two sides. */
export interface Way {
  readonly name: string;
  readonly through: Through;
  readonly caller: BenchDialect;
  readonly provider: BenchDialect;
}

const way = (through: Through, caller: BenchDialect, provider: BenchDialect): Way => ({
  name: `${through}: ${caller} → ${provider}`,
  through,
  caller,
  provider,
});

const PAIRS = [
  ['openai-chat', 'anthropic-messages'],
  ['anthropic-messages', 'openai-chat'],
] as const;

/** Every way, those of one caller together; with `other`, its ways beside ours. */
export function waysOf(other: boolean): Way[] {
  const gateways: Through[] = other ? ['understudy', 'other understudy'] : ['understudy'];
  return PAIRS.flatMap(([same, cross]) => [
    way('bare proxy', same, same),
    ...[same, cross].flatMap((provider) => gateways.map((gateway) => way(gateway, same, provider))),
  ]);
}

/** Who can serve a case: another checkout may know nothing of prompts and contracts. */
export function waysFor(each: Case, ways: readonly Way[]): Way[] {
  return ways.filter(({ through }) => each.quality === undefined || through !== 'other understudy');
}

/** The bare proxy that serves the same caller: what a way is compared with. */
export function yardstickOf(each: Way): Way {
  return way('bare proxy', each.caller, each.caller);
}

/** The same way through the gateway of the other checkout. */
export function otherOf(each: Way): Way {
  return way('other understudy', each.caller, each.provider);
}
