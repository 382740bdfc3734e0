import type { Parity } from '../../src/engine/parity.ts';
import { ReceiptParity } from '../../src/engine/receipt-parity.ts';
import type { AttemptEnded, ModelReported, ReceiptRevoked } from '../../src/engine/record.ts';
import type { Policy, Route } from '../../src/engine/route.ts';
import type { Receipt } from '../../src/quality/receipts/receipt.ts';
import { readyReceipt } from '../../src/quality/receipts/standing.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';
import { type Asking, type Paper, ReceiptOracle } from './receipt-oracle.ts';

export const PRIMARY = 'alpha/one';
export const FALLBACKS = ['beta/two', 'gamma/three'] as const;
export const TARGETS = [PRIMARY, ...FALLBACKS] as const;
const SUITE_FILE = 'evals/answers.yaml';
const TEXT = 'one two three four five six seven eight';

/** What a target does with its next requests; the last one repeats. */
export type Temper = 'answers' | 'fails' | 'cuts' | 'stalls' | 'limits' | 'slow' | 'silent';

export interface Ask {
  readonly policy: 'hot-cold' | 'quorum-first' | 'quorum-best' | 'cascade' | 'same-model';
  readonly recovery: Route['recovery'];
  readonly hold: 'first-content' | 'whole-answer';
  readonly stream: boolean;
  readonly temperature: number | undefined;
  readonly conversation: string | undefined;
  /** By target, in the order of `TARGETS`. */
  readonly tempers: readonly (readonly Temper[])[];
  /** Happens while the request runs, after so many milliseconds. */
  readonly during: { readonly afterMs: number; readonly change: (world: StrictWorld) => void } | undefined;
}

/** What was found wrong, and how often each thing happened: a property that nothing ever tested would hold as well. */
export interface Findings {
  readonly violations: string[];
  readonly counts: Map<string, number>;
}

/** A strict route in the real engine, in virtual time, with an oracle that looks at every attempt. */
export class StrictWorld {
  readonly oracle = new ReceiptOracle();
  readonly #findings: Findings;
  readonly #engine: ReturnType<typeof engine>;
  readonly #models = new Map<string, string>();
  readonly #tempers = new Map<string, readonly Temper[]>();
  readonly #asked = new Map<string, number>();
  readonly #revocations: ReceiptRevoked[] = [];
  readonly #reported: ModelReported[] = [];
  /** Papers under which attempts at fallbacks were begun, by request and number. */
  readonly #begunAt = new Map<string, number>();
  readonly #under = new Map<string, Paper | undefined>();
  #asking: Pick<Asking, 'temperature' | 'versions'> = { temperature: undefined, versions: new Map() };
  #parity: ReceiptParity;
  #papers = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
    for (const target of TARGETS) {
      this.oracle.versions.set(target, 'v1');
      this.#models.set(target, 's1');
    }
    this.#parity = this.#newParity();
    const parity: Parity = {
      verdict: (question, at) => this.#parity.verdict(question, at),
      reported: (target, model) => this.#parity.reported(target, model),
      baselineOf: (subject) => this.#parity.baselineOf(subject),
      revoke: (subject, why) => this.#parity.revoke(subject, why),
    };
    const act = (id: string) => () => this.#act(id);
    this.#engine = engine(Object.fromEntries(TARGETS.map((id) => [id, act(id)])), {
      deps: { parity },
      observer: {
        attemptBegun: ({ requestId, seq, target }) => this.#begun(`${requestId}#${seq}`, target.id),
        attemptEnded: ({ target, ended }) => this.#ended(target.id, ended),
      },
    });
  }

  get wall(): number {
    return this.#engine.clock.wallNow();
  }

  stepClock(ms: number): void {
    this.#engine.clock.wallOffset += ms;
  }

  wait(ms: number): Promise<void> {
    return this.#engine.clock.advance(ms);
  }

  moveAlias(target: string): void {
    this.#models.set(target, this.#models.get(target) === 's1' ? 's2' : 's1');
  }

  editPrompt(target: string): void {
    const next = { v1: 'v2', v2: 'v3', v3: 'v1' }[this.oracle.versions.get(target) ?? ''] ?? 'v1';
    this.oracle.versions.set(target, next);
  }

  editSuite(): void {
    this.oracle.suite = this.oracle.suite === 'suite-1' ? 'suite-2' : 'suite-1';
    this.#replace();
  }

  /** `wrong`: the one thing that it does not say as it is now. */
  issue(
    target: string,
    how: { wrong: keyof Paper | undefined; ageMs: number; validMs: number; replaces: boolean },
  ): void {
    // Receipts are written to the millisecond.
    const wall = Math.floor(this.wall);
    const measured = wall - how.ageMs;
    const other = (model: string | undefined) => (model === 's1' ? 's2' : 's1');
    const paper: Paper = {
      id: this.#papers++,
      target,
      primary: how.wrong === 'primary' ? 'omega/four' : PRIMARY,
      snapshot: how.wrong === 'snapshot' ? other(this.#models.get(target)) : (this.#models.get(target) ?? ''),
      primarySnapshot:
        how.wrong === 'primarySnapshot' ? other(this.#models.get(PRIMARY)) : (this.#models.get(PRIMARY) ?? ''),
      version: how.wrong === 'version' ? 'v0' : (this.oracle.versions.get(target) ?? ''),
      primaryVersion: how.wrong === 'primaryVersion' ? 'v0' : (this.oracle.versions.get(PRIMARY) ?? ''),
      suite: how.wrong === 'suite' ? 'suite-0' : this.oracle.suite,
      temperature: how.wrong === 'temperature' ? 0.2 : undefined,
      passed: how.wrong !== 'passed',
      measured,
      issued: how.wrong === 'issued' ? wall + 3_600_000 : wall,
      expires: measured + how.validMs,
    };
    if (how.replaces) this.withdraw(target);
    this.oracle.folder.push(paper);
    this.#replace();
  }

  withdraw(target: string): void {
    const kept = this.oracle.folder.filter((paper) => paper.target !== target);
    this.oracle.folder.splice(0, this.oracle.folder.length, ...kept);
    this.#replace();
  }

  revoke(target: string): void {
    const promptVersion = this.oracle.versions.get(target) ?? '';
    this.oracle.revoke(target, this.wall);
    this.#parity.revoke({ route: 'reply', target, promptVersion }, 'bad answers');
  }

  /** Nothing stays but what was written down. */
  restart(): void {
    this.#parity = this.#newParity();
    this.#parity.restore(this.#revocations, [...new Map(this.#reported.map((row) => [row.target, row])).values()]);
    this.#replace();
    this.oracle.restart();
  }

  async ask(ask: Ask): Promise<void> {
    const { clock, ledger } = this.#engine;
    this.#asking = { temperature: ask.temperature, versions: new Map(this.oracle.versions) };
    for (const [at, target] of TARGETS.entries()) this.#tempers.set(target, ask.tempers[at] ?? ['answers']);
    this.#asked.clear();
    const before = this.#papersNow();
    const body = { stream: ask.stream, ...(ask.temperature !== undefined && { temperature: ask.temperature }) };
    const options = ask.conversation === undefined ? {} : { conversation: ask.conversation };
    const seen = this.#engine.send(this.#route(ask), chatRequest(body, options));
    if (ask.during) clock.setTimer(ask.during.afterMs, () => ask.during?.change(this));
    const result = await clock.until(seen.result);
    if (result.kind === 'served') {
      this.#count(FALLBACKS.some((id) => id === result.target.id) ? 'served by a fallback' : 'served by the primary');
    }
    const after = this.#papersNow();
    for (const decision of ledger.ended.at(-1)?.decisions ?? []) {
      if (decision.type !== 'skipped' || !decision.reason.startsWith('parity-')) continue;
      this.#count(decision.reason);
      const at = (FALLBACKS as readonly (string | undefined)[]).indexOf(decision.target);
      if (!ask.during && before[at] !== undefined && before[at] === after[at]) {
        this.#violation(`${decision.target} was refused (${decision.detail}) though its receipt was current`);
      }
    }
  }

  #papersNow(): (Paper | undefined)[] {
    return FALLBACKS.map((id) => this.#current(id, 'stale'));
  }

  #current(target: string, inDoubt: Asking['inDoubt'] = 'current'): Paper | undefined {
    return this.oracle.current(target, { ...this.#asking, primary: PRIMARY, at: this.wall, inDoubt });
  }

  #begun(attempt: string, target: string): void {
    this.#begunAt.set(attempt, this.wall);
    if (target === PRIMARY) return;
    const paper = this.#current(target);
    this.#under.set(attempt, paper);
    this.#count('attempts at fallbacks');
    if (!paper) this.#violation(`${target} was asked without a current receipt`);
  }

  #ended(target: string, ended: AttemptEnded): void {
    const { servedModel, fault } = ended;
    const attempt = `${ended.requestId}#${ended.seq}`;
    if (servedModel !== undefined) {
      this.oracle.tell(target, servedModel, this.#begunAt.get(attempt) ?? this.wall, this.wall);
    }
    if (target === PRIMARY) return;
    const paper = this.#under.get(attempt);
    // Evidence of the new snapshot may have come while the answer was under way.
    const measured = [paper?.snapshot, this.#current(target)?.snapshot];
    if (fault?.kind === 'unproven-model') this.#count('unproven-model');
    const given = !fault || ended.committed;
    if (given && !measured.includes(servedModel)) {
      this.#violation(`${target} answered as ${servedModel}, and ${measured.join(', ')} was measured`);
    }
  }

  #newParity(): ReceiptParity {
    return new ReceiptParity(() => this.wall, {
      revoked: (row) => void this.#revocations.push(row),
      modelReported: (row) => void this.#reported.push(row),
    });
  }

  #replace(): void {
    const receipts = this.oracle.folder.map((paper) => readyReceipt(receiptOf(paper)));
    this.#parity.replace({ receipts, suites: new Map([[SUITE_FILE, this.oracle.suite]]) });
  }

  #route({ policy, recovery, hold }: Ask): Route {
    const told = TARGETS.map((id) =>
      routeTarget(id, {
        of: { capabilities: CAPABLE },
        prompt: { version: this.oracle.versions.get(id) ?? '', text: 'Be kind.', placement: 'after' },
      }),
    );
    const [primary, ...fallbacks] = told;
    // In a cascade the last one is the one whose answers are wanted.
    const targets = policy === 'cascade' && primary ? [...fallbacks, primary] : told;
    return route(targets, {
      policy: POLICIES[policy],
      recovery,
      hold: { kind: hold },
      demands: { tier: 'any', parity: { mode: 'strict', accepted: [], allowUnknown: true } },
    });
  }

  #act(id: string): Act {
    const nth = this.#asked.get(id) ?? 0;
    this.#asked.set(id, nth + 1);
    const tempers = this.#tempers.get(id) ?? [];
    return actOf(tempers[Math.min(nth, tempers.length - 1)] ?? 'answers', this.#models.get(id) ?? '');
  }

  #violation(what: string): void {
    this.#findings.violations.push(what);
  }

  #count(what: string): void {
    this.#findings.counts.set(what, (this.#findings.counts.get(what) ?? 0) + 1);
  }
}

const PLAIN = routeTarget(PRIMARY).target.capabilities;
const CAPABLE = { ...PLAIN, abilities: { ...PLAIN.abilities, prefill: 'yes' as const } };

const POLICIES: Readonly<Record<Ask['policy'], Policy>> = {
  'hot-cold': { kind: 'hot-cold' },
  'quorum-first': {
    kind: 'quorum',
    size: 3,
    pick: 'first',
    share: 1,
    patienceMs: 500,
    grader: (all) => all.map(() => 1),
  },
  'quorum-best': {
    kind: 'quorum',
    size: 2,
    pick: 'best',
    share: 1,
    patienceMs: 500,
    grader: (all) => all.map(({ rank }) => rank),
  },
  cascade: { kind: 'cascade', stepBudgetMs: 5_000, onRefusal: 'escalate' },
  'same-model': { kind: 'same-model', balance: 'weighted', hedge: { after: { ms: 200 }, budget: 1 } },
};

function actOf(temper: Temper, model: string): Act {
  switch (temper) {
    case 'answers':
      return { kind: 'answer', text: TEXT, model };
    case 'slow':
      return { kind: 'answer', text: TEXT, model, afterMs: 1_500, gapMs: 100 };
    case 'fails':
      return { kind: 'status', status: 503, afterMs: 50 };
    case 'limits':
      return { kind: 'status', status: 429, headers: { 'retry-after': '1' } };
    case 'cuts': {
      const fault = { kind: 'bad-response', what: 'cut', message: 'the stream ended early' } as const;
      return { kind: 'breaks', text: TEXT, pieces: 2, model, fault };
    }
    case 'stalls':
      return { kind: 'breaks', text: TEXT, pieces: 0, model };
    case 'silent':
      return { kind: 'hang' };
  }
}

function receiptOf(paper: Paper): Receipt {
  const at = (moment: number) => new Date(moment).toISOString();
  return {
    format: 'understudy-receipt/1',
    id: `rcpt_${String(paper.id).padStart(32, '0')}`,
    subject: { kind: 'route', name: 'reply' },
    suite: { name: 'answers', hash: paper.suite, file: SUITE_FILE },
    primary: { target: paper.primary, snapshot: paper.primarySnapshot, promptVersion: paper.primaryVersion },
    target: { target: paper.target, snapshot: paper.snapshot, promptVersion: paper.version },
    parameters: paper.temperature === undefined ? {} : { temperature: paper.temperature },
    n: 100,
    metrics: [
      {
        metric: 'correct',
        method: 'exact',
        n: 100,
        primary: 0.9,
        target: 0.9,
        difference: 0,
        interval: { low: -0.03, high: 0.03, confidence: 0.95 },
        margin: 0.05,
        verdict: paper.passed ? 'pass' : 'fail',
      },
    ],
    verdict: paper.passed ? 'pass' : 'fail',
    because: 'as measured',
    measuredAt: at(paper.measured),
    issuedAt: at(paper.issued),
    expiresAt: at(paper.expires),
  };
}
