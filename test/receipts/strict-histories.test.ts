import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_MS } from '../kit/receipt-kit.ts';
import type { Paper } from './receipt-oracle.ts';
import { type Ask, FALLBACKS, type Findings, StrictWorld, TARGETS, type Temper } from './strict-world.ts';

/** Histories; `RECEIPT_HISTORIES=20000 npx vitest run test/receipts/strict-histories.test.ts` for more. */
const HISTORIES = Number(process.env.RECEIPT_HISTORIES ?? 1_000);

type Step = (world: StrictWorld) => void | Promise<void>;

const fallback = fc.constantFrom(...FALLBACKS);
const target = fc.constantFrom(...TARGETS);
const WRONGS: readonly (keyof Paper | undefined)[] = [
  ...Array<undefined>(12).fill(undefined),
  'primary',
  'snapshot',
  'primarySnapshot',
  'version',
  'primaryVersion',
  'suite',
  'temperature',
  'passed',
  'issued',
];

const issue = fc
  .record({
    to: fallback,
    wrong: fc.constantFrom(...WRONGS),
    ageMs: fc.constantFrom(0, 1, 60_000, DAY_MS),
    validMs: fc.constantFrom(2 * DAY_MS, 5 * DAY_MS, DAY_MS + 1_000),
    replaces: fc.boolean(),
  })
  .map(
    ({ to, ...how }) =>
      (world: StrictWorld) =>
        world.issue(to, how),
  );

/** Anything that can happen to evidence, at once or in the middle of a request. */
const change: fc.Arbitrary<(world: StrictWorld) => void> = fc.oneof(
  { weight: 4, arbitrary: issue },
  { weight: 1, arbitrary: fallback.map((to) => (world: StrictWorld) => world.withdraw(to)) },
  { weight: 1, arbitrary: target.map((to) => (world: StrictWorld) => world.editPrompt(to)) },
  { weight: 1, arbitrary: fc.constant((world: StrictWorld) => world.editSuite()) },
  { weight: 2, arbitrary: target.map((to) => (world: StrictWorld) => world.moveAlias(to)) },
  { weight: 1, arbitrary: fallback.map((to) => (world: StrictWorld) => world.revoke(to)) },
  { weight: 1, arbitrary: fc.constant((world: StrictWorld) => world.restart()) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(-3 * DAY_MS, -DAY_MS, -60_000, 60_000, DAY_MS, 3 * DAY_MS)
      .map((ms) => (world: StrictWorld) => world.stepClock(ms)),
  },
);

const tempers = fc.array(
  fc.constantFrom<Temper>('answers', 'answers', 'fails', 'cuts', 'stalls', 'limits', 'slow', 'silent'),
  { minLength: 1, maxLength: 3 },
);
const troubled = fc.array(fc.constantFrom<Temper>('fails', 'fails', 'cuts', 'limits', 'slow', 'answers'), {
  minLength: 1,
  maxLength: 3,
});

const request = fc
  .record<Ask>({
    policy: fc.constantFrom('hot-cold', 'hot-cold', 'quorum-first', 'quorum-best', 'cascade', 'same-model'),
    recovery: fc.constantFrom('error', 'resume', 'continue'),
    hold: fc.constantFrom('first-content', 'first-content', 'whole-answer'),
    stream: fc.boolean(),
    temperature: fc.constantFrom(undefined, undefined, undefined, 0.2),
    conversation: fc.constantFrom(undefined, 'one'),
    tempers: fc.tuple(troubled, tempers, tempers),
    during: fc.option(fc.record({ afterMs: fc.constantFrom(0, 40, 300, 1_000, 1_600), change }), {
      freq: 2,
      nil: undefined,
    }),
  })
  .map((ask) => (world: StrictWorld) => world.ask(ask));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: change },
  { weight: 1, arbitrary: fc.constantFrom(1_000, 60_000, DAY_MS).map((ms) => (world: StrictWorld) => world.wait(ms)) },
  { weight: 5, arbitrary: request },
);

test(
  'a strict route never serves from a target without a current receipt, whatever happens to evidence',
  async () => {
    const counts = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (history) => {
        const findings: Findings = { violations: [], counts };
        const world = new StrictWorld(findings);
        // Most histories begin with evidence, so that they have something to lose.
        for (const to of FALLBACKS)
          world.issue(to, { wrong: undefined, ageMs: 0, validMs: 3 * DAY_MS, replaces: true });
        for (const next of history) await next(world);
        expect(findings.violations).toEqual([]);
      }),
      { numRuns: HISTORIES, seed: 20_261_121 },
    );
    // A property that nothing ever tested would hold as well.
    for (const happened of [
      'served by a fallback',
      'served by the primary',
      'attempts at fallbacks',
      'parity-stale',
      'parity-missing',
      'parity-failed',
      'unproven-model',
    ]) {
      expect(counts.get(happened) ?? 0, happened).toBeGreaterThan(HISTORIES / 50);
    }
  },
  Math.max(120_000, HISTORIES * 100),
);
