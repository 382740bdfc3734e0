import type { BenchDialect } from './payload.ts';

/** What is sent. */
export interface Case {
  readonly name: string;
  readonly stream: boolean;
  /** Size of the conversation, in characters. */
  readonly chars: number;
  readonly requests: number;
  readonly concurrency: number;
}

/** Pieces of text in a streamed answer. */
export const STREAM_EVENTS = 200;
/** Between two pieces, in milliseconds: no two of one stream share a packet. */
export const STREAM_PACE_MS = 5;

export const CASES: readonly Case[] = [
  { name: 'whole answer, 1 kB asked', stream: false, chars: 1_000, requests: 1_500, concurrency: 16 },
  { name: 'whole answer, 100 kB asked, 12 tools', stream: false, chars: 100_000, requests: 250, concurrency: 8 },
  { name: `stream of ${STREAM_EVENTS} events`, stream: true, chars: 1_000, requests: 60, concurrency: 20 },
];

/** Who stands between caller and provider. */
export interface Way {
  readonly name: string;
  readonly through: 'bare proxy' | 'understudy';
  readonly caller: BenchDialect;
  readonly provider: BenchDialect;
}

const way = (through: Way['through'], caller: BenchDialect, provider: BenchDialect): Way => ({
  name: `${through}: ${caller} → ${provider}`,
  through,
  caller,
  provider,
});

export const WAYS: readonly Way[] = [
  way('bare proxy', 'openai-chat', 'openai-chat'),
  way('understudy', 'openai-chat', 'openai-chat'),
  way('understudy', 'openai-chat', 'anthropic-messages'),
  way('bare proxy', 'anthropic-messages', 'anthropic-messages'),
  way('understudy', 'anthropic-messages', 'anthropic-messages'),
  way('understudy', 'anthropic-messages', 'openai-chat'),
];

/** The bare proxy that serves the same caller: what a way is compared with. */
export function yardstickOf(each: Way): Way {
  const found = WAYS.find(({ through, caller }) => through === 'bare proxy' && caller === each.caller);
  if (!found) throw new Error(`nothing to compare ${each.name} with`);
  return found;
}
