import type { BenchContestant, Spoken } from './contestants.ts';
import { PROMPT_USE } from './gateway-config.ts';
import { type Asked, requestOf } from './payload.ts';

/** What is sent, and how long. */
export interface Case {
  readonly name: string;
  readonly asked: Asked;
  /** Pieces of text in a streamed answer; 0: the answer is whole. */
  readonly events: number;
  /** Asking at once, each as soon as it has its answer. */
  readonly callers: number;
  /** Fewest that a measurement has, however busy the machine is; several times as many go before the first one. */
  readonly requests: number;
  /** What the gateway does more than pass it on; compared with the case of that name, which asks the same without. */
  readonly quality?: { readonly kind: keyof typeof FILLED; readonly plain: string };
}

/** What a caller fills in. */
const FILLED = { prompt: { understudy: { prompt: PROMPT_USE } }, contract: {} };

/** Between two pieces of one stream, in milliseconds: no two of them share a packet. */
export const STREAM_PACE_MS = 5;

const SHORT: Case = {
  name: 'whole answer, 1 kB asked',
  asked: { chars: 1_000, stream: false, talk: 'question' },
  events: 0,
  callers: 16,
  requests: 1_200,
};

const streamed = (events: number): Case => ({
  name: `stream of ${events} events`,
  asked: { chars: 1_000, stream: true, talk: 'question' },
  events,
  callers: 40,
  requests: events > 100 ? 30 : 200,
});

export const CASES: readonly Case[] = [
  SHORT,
  {
    name: 'whole answer, 100 kB asked, 12 tools',
    asked: { chars: 100_000, stream: false, talk: 'chat' },
    events: 0,
    callers: 8,
    requests: 150,
  },
  {
    name: 'whole answer, 300 kB asked by an agent',
    asked: { chars: 300_000, stream: false, talk: 'agent' },
    events: 0,
    callers: 4,
    requests: 50,
  },
  streamed(20),
  streamed(200),
  { ...SHORT, name: `${SHORT.name}, bound prompt`, quality: { kind: 'prompt', plain: SHORT.name } },
  { ...SHORT, name: `${SHORT.name}, contract`, quality: { kind: 'contract', plain: SHORT.name } },
];

/** A contestant, and what is spoken on its two sides. */
export interface Way {
  readonly contestant: BenchContestant;
  readonly spoken: Spoken;
}

export const OURS = 'understudy';
export const YARDSTICK = 'bare proxy';
export const OTHER = 'other understudy';
export const DIRECT = 'direct';

/** Whose failures end the run: what is said of the others would mean nothing without them. */
export const MUST_SERVE: ReadonlySet<string> = new Set([DIRECT, YARDSTICK, OURS, OTHER]);

/** As figures name it. */
export function wayName(contestant: string, { caller, provider }: Pick<Spoken, 'caller' | 'provider'>): string {
  return `${contestant}: ${caller} → ${provider}`;
}

/** Every way, those of one caller together, so that what is compared is measured side by side. */
export function waysOf(contestants: readonly BenchContestant[]): Way[] {
  const ways = contestants.flatMap((contestant) => contestant.speaks.map((spoken) => ({ contestant, spoken })));
  const rank = ({ spoken: { caller, provider } }: Way) =>
    (caller === 'openai-chat' ? 0 : 2) + (caller === provider ? 0 : 1);
  return ways.sort((a, b) => rank(a) - rank(b));
}

/** Who can serve a case: prompts and contracts are our own. */
export function waysFor(each: Case, ways: readonly Way[]): Way[] {
  return ways.filter(({ contestant }) => each.quality === undefined || contestant.name === OURS);
}

/** The body that is sent along a way. */
export function bodyOf(each: Case, { spoken }: Way): string {
  if (each.quality === undefined) return JSON.stringify(requestOf(spoken.caller, spoken.model, each.asked));
  const { kind } = each.quality;
  return JSON.stringify({ ...requestOf(spoken.caller, `${spoken.model}-${kind}`, each.asked), ...FILLED[kind] });
}
