import { startSimulator } from '../../src/simulator/index.ts';
import { type ChildOrders, runChild } from './child.ts';
import { AILING, type Spell, weatherOf } from './weather.ts';

export interface ProvidersSetting {
  readonly seed: number;
  readonly totalMs: number;
}

/** The providers that fall ill, in a process of their own. */
async function start({ seed, totalMs }: ProvidersSetting): Promise<ChildOrders> {
  const simulator = await startSimulator({ seed });
  const timers: NodeJS.Timeout[] = [];
  const play = (provider: string, { kind, scripts, fromMs, untilMs }: Spell) => {
    if (kind === 'crash') return simulator.crash(provider);
    // The list repeats its last one; what follows the list of a long spell is well.
    simulator.script(provider, [...scripts], { forMs: untilMs - fromMs });
  };
  return {
    ready: { url: simulator.url },
    orders: {
      begin: () => {
        for (const provider of AILING) {
          for (const spell of weatherOf(seed, provider, totalMs)) {
            timers.push(setTimeout(play, spell.fromMs, provider, spell));
          }
        }
      },
      // What hangs is let go of by whoever asked: the gateway has clocks of its own.
      calm: () => {
        for (const timer of timers.splice(0)) clearTimeout(timer);
        for (const provider of AILING) simulator.script(provider, undefined);
      },
      meters: () => Object.fromEntries(AILING.map((name) => [name, metersOf(simulator.meter(name))])),
    },
  };
}

function metersOf({ requests, served, faults, closedByClient, concurrent }: ReturnType<SimulatorMeter>) {
  return { requests, served, faults, closedByClient, concurrent };
}

type SimulatorMeter = Awaited<ReturnType<typeof startSimulator>>['meter'];

runChild(start);
