import type { Incident, VirtualFault } from '../kit/virtual-incident.ts';
import type { Dice } from './dice.ts';

/** How one provider fails in the course of a world: not at all, a little for a while, or altogether. */
export function drawIncidents(dice: Dice, spanMs: number): Incident[] {
  const count = dice.chance(0.35) ? 0 : dice.int(1, 3);
  return Array.from({ length: count }, () => {
    const fromMs = dice.chance(0.2) ? 0 : dice.number(0, spanMs * 0.8);
    const lengthMs = dice.chance(0.3) ? dice.number(100, 3_000) : dice.number(1_000, spanMs);
    const share = dice.chance(0.5) ? 1 : dice.number(0.02, 0.9);
    return { fromMs, untilMs: Math.min(fromMs + lengthMs, spanMs), share, fault: drawFault(dice) };
  });
}

function drawFault(dice: Dice): VirtualFault {
  switch (dice.int(0, 13)) {
    case 0:
    case 1:
      return { kind: 'status', status: dice.pick([500, 502, 503, 504, 529]), afterMs: dice.number(1, 2_000) };
    case 2:
      return { kind: 'status', status: 503, retryAfterS: dice.int(0, 10) };
    case 3:
      return { kind: 'refused-connection' };
    case 4:
      return { kind: 'black-hole' };
    case 5:
      return { kind: 'stale-socket' };
    case 6:
      return { kind: 'cut', afterPieces: dice.int(0, 3), how: dice.pick(['ends', 'reset']) };
    case 7:
      return { kind: 'stall', afterPieces: dice.int(0, 3) };
    case 8:
      return { kind: 'garbage', what: dice.pick(['html', 'not-json', 'empty', 'error-body']) };
    case 9:
      return { kind: 'slow', times: dice.number(2, 60) };
    case 10:
      return dice.chance(0.6)
        ? { kind: 'rate-limit', retryAfterS: dice.int(0, 20), spreadS: dice.pick([0, 10]) }
        : { kind: 'rate-limit' };
    case 11:
      return { kind: 'breaks-contract' };
    case 12:
      return dice.pick([{ kind: 'quota' }, { kind: 'retired' }, { kind: 'bad-credential' }]);
    default:
      return { kind: 'status', status: dice.pick([400, 413, 418, 422]) };
  }
}
