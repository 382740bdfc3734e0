import { MUST_SERVE } from '../cases.ts';
import type { Stage } from '../figure.ts';
import { asking, failuresOf, type Place, type Scene } from './scene.ts';

const CALLERS = 16;
const SECONDS = 3;
/** V8 is at work on the gateway for some forty thousand requests, on the same core as its answers. */
const LONG_SECONDS = 12;
const LIMIT_MS = 30_000;

/** How long whoever stands between is asked as fast as it answers before anything of it is measured. */
export function warmSecondsOf({ name }: Place): number {
  return MUST_SERVE.has(name) ? LONG_SECONDS : SECONDS;
}

/**
 * Asks as fast as everybody answers, so that what is measured has been compiled: a large program is only after some
 * thousand requests, for which the rates of the scenarios take too long.
 */
export async function warmUp({ quick, progress }: Stage, scene: Scene, stream: boolean): Promise<void> {
  const { provider, load, places } = scene;
  await provider.behave({ kind: 'answers', delayMs: 0, pieces: 20, paceMs: 1 });
  for (const place of places) {
    progress(`warm-up: ${place.name}`);
    const result = await load.run({
      kind: 'closed-loop',
      target: asking(place, stream),
      callers: Math.max(1, Math.round(CALLERS * place.callers)),
      warmSeconds: 0,
      seconds: quick ? 0.2 : warmSecondsOf(place),
      limitMs: LIMIT_MS,
    });
    failuresOf(place, result);
  }
}
