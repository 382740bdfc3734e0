import type { Judge, PairVerdict } from './judge.ts';
import type { JudgeFacts } from './report.ts';
import type { JudgeWish } from './suite.ts';

/** Lowest mark that stands for "good enough" where labels say yes or no. */
const PASS_MARK = 4;

/** Counts how far a judge agrees with itself, and with people. */
export class JudgeCheck {
  #pairs = 0;
  #consistent = 0;
  #labels = 0;
  #agreed = 0;

  pair(verdict: PairVerdict): void {
    this.#pairs += 1;
    if (verdict.consistent) this.#consistent += 1;
  }

  /** Asks the judge what people have answered already. */
  async labels(judge: Judge, { gold }: JudgeWish): Promise<void> {
    for (const label of gold) {
      if (label.kind === 'pair') {
        const verdict = await judge.compare(label.rubric, label.question, [label.first, label.second]);
        if (verdict) {
          this.pair(verdict);
          this.#label(verdict.consistent && verdict.better === label.better);
        }
      } else {
        const verdict = await judge.mark(label.rubric, label.question, label.answer);
        if (verdict) this.#label(verdict.mark >= PASS_MARK === label.passes);
      }
    }
  }

  facts(judge: Judge, wish: JudgeWish): JudgeFacts {
    const order = this.#pairs === 0 ? undefined : this.#consistent / this.#pairs;
    const gold = this.#labels === 0 ? undefined : this.#agreed / this.#labels;
    const agreement = Math.min(order ?? 1, gold ?? 1);
    const unchecked = order === undefined && gold === undefined;
    const trusted = !unchecked && agreement >= wish.agreement;
    return {
      target: judge.target,
      servedModels: [...judge.servedModels],
      asked: judge.asked,
      cached: judge.cached,
      ...(judge.costUsd !== undefined && { costUsd: judge.costUsd }),
      ...(order !== undefined && { order: { pairs: this.#pairs, agreement: order } }),
      ...(gold !== undefined && { gold: { labels: this.#labels, agreement: gold } }),
      agreement: unchecked ? 0 : agreement,
      wanted: wish.agreement,
      trusted,
      because: unchecked
        ? 'nothing shows that the judge is right: give labels under judge.gold, or compare pairwise'
        : wordsOf({ order, gold, wanted: wish.agreement }),
    };
  }

  #label(agreed: boolean): void {
    this.#labels += 1;
    if (agreed) this.#agreed += 1;
  }
}

function wordsOf({
  order,
  gold,
  wanted,
}: {
  order: number | undefined;
  gold: number | undefined;
  wanted: number;
}): string {
  const parts = [
    ...(order === undefined ? [] : [`says the same in both orders in ${percent(order)}`]),
    ...(gold === undefined ? [] : [`agrees with the labels in ${percent(gold)}`]),
  ];
  return `the judge ${parts.join(' and ')}; ${percent(wanted)} are wanted`;
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}
