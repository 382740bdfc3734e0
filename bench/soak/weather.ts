import { type Draw, drawsFor } from '../../experiments/random.ts';
import type { Script } from '../../src/simulator/index.ts';

/** The providers that fall ill. */
export const AILING = ['alpha', 'beta', 'gamma'] as const;

/** What a provider goes through for a while. */
export interface Spell {
  /** Since the load began. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly kind: 'calm' | 'rough' | 'outage' | 'crash';
  /** Played one a request, from the first again when all were played. Empty in a crash. */
  readonly scripts: readonly Script[];
}

/** A healthy answer, a piece every few milliseconds. */
const WELL: Script = { fault: 'none', chunkDelayMs: 10 };

/**
 * Everything that passes by itself. Refused credentials, models that are gone and used-up quotas are left out: they put a
 * lane out of use until somebody acts, and a soak in which nobody is asked soaks nothing.
 */
export const PASSING_FAULTS: readonly Script[] = [
  { fault: 'status', status: 500 },
  { fault: 'status', status: 503 },
  { fault: 'rate-limited', retryAfter: '1' },
  { fault: 'rate-limited', retryAfterMs: '300' },
  { fault: 'overloaded-after-200' },
  { fault: 'hang-before-headers' },
  { fault: 'slow-headers', ms: 800 },
  { fault: 'slow-first-content', ms: 1_200 },
  { fault: 'slow-drip', msPerChunk: 60 },
  { fault: 'pings-only' },
  { fault: 'stall', afterChunks: 3 },
  { fault: 'cut', afterChunks: 0 },
  { fault: 'cut', afterChunks: 4 },
  { fault: 'reset', afterChunks: 0 },
  { fault: 'reset', afterChunks: 4 },
  { fault: 'malformed-chunk', afterChunks: 0 },
  { fault: 'malformed-chunk', afterChunks: 4 },
  { fault: 'wrong-shape' },
  { fault: 'html-page' },
  { fault: 'error-in-200' },
  { fault: 'empty-answer' },
  { fault: 'stale-connection' },
];

/** Share of faults among the answers. */
const FAULTS = { calm: 0.02, rough: 0.25 } as const;
const SCRIPTS_PER_SPELL = 1_000;
const MIN_SPELL_MS = 8_000;
const MAX_SPELL_MS = 25_000;
const CRASH_MS = 3_000;
/** Part of the run that one outage takes, and its bounds. */
const OUTAGE_SHARE = 1 / 15;
const MIN_OUTAGE_MS = 5_000;
const MAX_OUTAGE_MS = 150_000;

/** The spells of one provider over the whole run, without gaps; the same for the same seed. */
export function weatherOf(seed: number, provider: string, totalMs: number): Spell[] {
  const draw = drawsFor(seed, 'weather', provider);
  const spells: Spell[] = [];
  let fromMs = 0;
  while (fromMs < totalMs) {
    const kind = fromMs === 0 ? 'calm' : kindOf(draw());
    const untilMs = Math.min(totalMs, fromMs + lengthOf(kind, totalMs, draw));
    spells.push({ fromMs, untilMs, kind, scripts: scriptsOf(kind, draw) });
    fromMs = untilMs;
  }
  return spells;
}

function kindOf(drawn: number): Spell['kind'] {
  if (drawn < 0.55) return 'calm';
  if (drawn < 0.88) return 'rough';
  return drawn < 0.96 ? 'outage' : 'crash';
}

function lengthOf(kind: Spell['kind'], totalMs: number, draw: Draw): number {
  switch (kind) {
    case 'calm':
    case 'rough':
      return MIN_SPELL_MS + draw() * (MAX_SPELL_MS - MIN_SPELL_MS);
    case 'outage':
      return Math.min(MAX_OUTAGE_MS, Math.max(MIN_OUTAGE_MS, totalMs * OUTAGE_SHARE * (0.5 + draw())));
    case 'crash':
      return CRASH_MS;
  }
}

function scriptsOf(kind: Spell['kind'], draw: Draw): Script[] {
  if (kind === 'crash') return [];
  if (kind === 'outage') {
    return [draw() < 0.5 ? { fault: 'status', status: 503 } : { fault: 'hang-before-headers' }];
  }
  return Array.from({ length: SCRIPTS_PER_SPELL }, () => (draw() < FAULTS[kind] ? faultOf(draw) : WELL));
}

function faultOf(draw: Draw): Script {
  return PASSING_FAULTS[Math.floor(draw() * PASSING_FAULTS.length)] ?? WELL;
}
