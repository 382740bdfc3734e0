import type { Route } from '../../engine/route.ts';
import { answerText } from '../../model/answer.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import { textHash } from '../../model/text-hash.ts';
import { type Asked, askOnce } from './ask-once.ts';
import { EVAL_TAG } from './base-request.ts';
import type { EvalHouse } from './house.ts';
import { comparison, type JudgeAsk, markIn, marking, type Preferred, preferredIn, reasonIn } from './judge-words.ts';
import type { SpendLimit } from './spend-limit.ts';

export interface JudgeParts {
  /** To the judge and nobody else. */
  readonly route: Route;
  readonly house: EvalHouse;
  readonly spend: SpendLimit;
  readonly signal: AbortSignal;
  readonly notBefore?: number;
}

/** Which of two answers a judge finds better, in both orders. */
export interface PairVerdict {
  /** `same` also where the two orders contradict each other: then it was the place that was judged. */
  readonly better: Preferred;
  readonly consistent: boolean;
  readonly reason: string;
}

export interface MarkVerdict {
  readonly mark: number;
  readonly reason: string;
}

/** A model that judges answers: pinned to one target, at temperature 0, through the same loop as every request. */
export class Judge {
  readonly #parts: JudgeParts;
  readonly servedModels = new Set<string>();
  /** Answers that came from the cache, and those that were paid for now. */
  cached = 0;
  asked = 0;
  costUsd: number | undefined = 0;

  constructor(parts: JudgeParts) {
    this.#parts = parts;
  }

  get target(): string {
    return this.#parts.route.targets[0]?.target.id ?? '';
  }

  /** Undefined where one of the two questions got no usable answer. */
  async compare(
    rubric: string,
    question: string,
    answers: readonly [string, string],
  ): Promise<PairVerdict | undefined> {
    const [first, second] = answers;
    const one = await this.#ask(comparison(rubric, question, first, second));
    const other = one === undefined ? undefined : await this.#ask(comparison(rubric, question, second, first));
    const straight = one === undefined ? undefined : preferredIn(one);
    const swapped = other === undefined ? undefined : preferredIn(other);
    if (!straight || !swapped) return undefined;
    const consistent = straight === turned(swapped);
    return { better: consistent ? straight : 'same', consistent, reason: reasonIn(one ?? '') };
  }

  async mark(rubric: string, question: string, answer: string): Promise<MarkVerdict | undefined> {
    const text = await this.#ask(marking(rubric, question, answer));
    const mark = text === undefined ? undefined : markIn(text);
    return mark === undefined ? undefined : { mark, reason: reasonIn(text ?? '') };
  }

  async #ask(ask: JudgeAsk): Promise<string | undefined> {
    const { route, house, spend, signal, notBefore } = this.#parts;
    const settle = signal.aborted ? undefined : spend.take(this.target, 0);
    if (!settle) return undefined;
    let asked: Asked | undefined;
    try {
      asked = await askOnce(
        {
          request: this.#request(ask),
          route,
          sample: { repeat: 0, addressOf: house.addressOf },
          seed: `ev${textHash(ask.user)}`.padEnd(16, '0').slice(0, 16),
          signal,
          ...(notBefore !== undefined && { notBefore }),
        },
        house,
      );
    } finally {
      settle(asked ? (asked.cached ? 0 : asked.costUsd) : 0);
    }
    this.#count(asked);
    return asked.error || !asked.answer ? undefined : answerText(asked.answer);
  }

  #request({ system, user, schema }: JudgeAsk): ChatRequest {
    const { route, house } = this.#parts;
    return house.engine.dialects.caller('openai-chat').decodeRequest(
      {
        model: route.name,
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: user },
        ],
        temperature: 0,
        response_format: { type: 'json_schema', json_schema: { name: 'verdict', schema, strict: true } },
      },
      { tags: [EVAL_TAG, 'judge'], pin: this.target },
    );
  }

  #count(asked: Asked): void {
    if (asked.cached) this.cached += 1;
    else this.asked += 1;
    if (asked.servedModel !== undefined) this.servedModels.add(asked.servedModel);
    this.costUsd = this.costUsd === undefined || asked.costUsd === undefined ? undefined : this.costUsd + asked.costUsd;
  }
}

function turned(preferred: Preferred): Preferred {
  return preferred === 'first' ? 'second' : preferred === 'second' ? 'first' : 'same';
}
