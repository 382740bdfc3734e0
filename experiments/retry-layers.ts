import { intervalChart } from './chart.ts';
import { MINUTE, NOON, SECOND } from './episode.ts';
import { type Experiment, type Findings, type Measured, type Results, type Scale, shown } from './experiment.ts';
import { type ClientLayers, withRetries } from './sdk-client.ts';
import { quantile } from './statistics.ts';
import { play, type WorldSpec } from './world.ts';

interface Arm {
  readonly layers: ClientLayers;
  readonly bare: boolean;
}

const CLIENTS: Readonly<Record<string, Omit<ClientLayers, 'header'>>> = {
  'no retries above': { sdkTries: 1, appTries: 1 },
  'SDK above': { sdkTries: 3, appTries: 1 },
  'loop and SDK above': { sdkTries: 3, appTries: 3 },
};

/** Not what is shipped: an engine that walks its chain again and again, as a plain loop over targets would. */
const BARE: Partial<WorldSpec> = {
  breaker: { consecutive: 1_000_000_000, minimumSamples: 1_000_000_000 },
  retryBudget: { ratio: 1_000, perSecond: 1_000, ttlMs: 10 * SECOND },
};

const ARMS = new Map<string, Arm>();
for (const bare of [false, true]) {
  for (const [client, tries] of Object.entries(CLIENTS)) {
    for (const header of [true, false]) {
      if (client === 'no retries above' && !header) continue;
      const engine = bare ? 'without breaker and retry budget' : 'as shipped';
      ARMS.set(`${engine}: ${client}, ${header ? 'x-should-retry: false' : 'no header'}`, {
        layers: { ...tries, header },
        bare,
      });
    }
  }
}

const PER_SECOND = 3;
const OUTAGE_MS: Readonly<Record<Scale, number>> = { full: 2 * MINUTE, small: 20 * SECOND };

async function measure(name: string, seed: number, scale: Scale): Promise<Measured> {
  const arm = ARMS.get(name);
  if (!arm) throw new RangeError(`retry-layers has no arm "${name}"`);
  const down = {
    fromMs: 0,
    untilMs: Number.POSITIVE_INFINITY,
    share: 1,
    fault: { kind: 'status' as const, status: 503 },
  };
  const { calls, arrivals } = await play({
    seed,
    providers: [
      { name: 'primary', temper: { incidents: [down] } },
      { name: 'fallback', temper: { incidents: [down] } },
    ],
    ...(arm.bare && BARE),
    from: NOON,
    ms: OUTAGE_MS[scale],
    rate: () => PER_SECOND,
    patient: true,
    client: (ask, tools) => withRetries(arm.layers, ask, tools),
  });
  const waits = calls.map((call) => (call.endedAt - call.at) / SECOND);
  return {
    numbers: {
      'gateway requests': calls.reduce((sum, call) => sum + call.requests, 0) / calls.length,
      'provider requests': arrivals.length / calls.length,
      'mean time to the error': waits.reduce((sum, wait) => sum + wait, 0) / calls.length,
      'p95 time to the error': quantile(waits, 0.95),
    },
  };
}

function findings(results: Results): Findings {
  const arms = [...ARMS.keys()];
  return {
    tables: [
      {
        caption: 'Both providers refuse everything; for each call of a user',
        head: [
          'engine and callers',
          'requests at the gateway',
          'requests at the providers',
          'time to the error, s',
          'p95, s',
        ],
        rows: arms.map((arm) => [
          arm,
          shown(results.of(arm, 'gateway requests'), 2),
          shown(results.of(arm, 'provider requests'), 2),
          shown(results.of(arm, 'mean time to the error'), 2),
          shown(results.of(arm, 'p95 time to the error'), 2),
        ]),
      },
    ],
    charts: [
      {
        file: 'retry-layers',
        alt: 'Requests at the providers for each call',
        svg: intervalChart({
          title: 'Requests at the providers for each call of a user, all of them in vain',
          x: {
            label: 'requests a call (mean and 95 % interval over seeds)',
            from: 0,
            format: (value) => value.toFixed(1),
          },
          groups: [false, true].map((bare) => ({
            name: bare ? 'engine without breaker and retry budget' : 'engine as shipped',
            rows: arms
              .filter((arm) => ARMS.get(arm)?.bare === bare)
              .map((arm) => {
                const { mean, low, high } = results.of(arm, 'provider requests');
                return { label: arm.slice(arm.indexOf(': ') + 2), value: mean, low, high };
              }),
          })),
        }),
      },
    ],
  };
}

export const retryLayers: Experiment = {
  name: 'retry-layers',
  title: 'Retries above retries',
  arms: [...ARMS.keys()],
  setting: [
    `${PER_SECOND} calls a second for 2 minutes while both providers refuse everything with 503`,
    'engine: two targets, up to 3 attempts at each; SDK: 3 tries, 0.5 s doubling to 8 s, obeys `Retry-After` up to a minute and `x-should-retry`; loop of the application: 3 tries, 1 s doubling, sees no headers',
    'callers wait until they are told',
  ],
  measure,
  findings,
};
