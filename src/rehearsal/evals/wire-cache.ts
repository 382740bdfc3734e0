import { createHash } from 'node:crypto';
import { type Upstream, type UpstreamAnswer, UpstreamFault, type UpstreamRequest } from '../../engine/ports.ts';
import type { JsonValue } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { canonicalJson } from '../../quality/receipts/canonical-json.ts';
import type { AnswerStore, StoredAnswer } from './answer-store.ts';

/** What tells two requests apart that are the same to the letter. */
export interface Sample {
  readonly repeat: number;
  addressOf(target: Target): string;
}

/**
 * The name of an answer: a hash of what is sent for it, as the provider would read it, and of which of the repeats it is.
 * A change of prompt, parameters, model, schema or translation is another request and so another name; a change of
 * graders, margins or route policy is not.
 */
export function answerKey({ target, path, body }: UpstreamRequest, sample: Sample): string {
  const named: JsonValue = {
    v: 1,
    address: sample.addressOf(target),
    target: target.id,
    path,
    body,
    repeat: sample.repeat,
  };
  return createHash('sha256').update(canonicalJson(named)).digest('hex');
}

/** Sends for real, and remembers what came until it is known to be an answer. */
export class RecordingUpstream implements Upstream {
  readonly #upstream: Upstream;
  readonly #sample: Sample;
  readonly #now: { now(): number; wallNow(): number };
  readonly #came = new Map<string, StoredAnswer>();

  constructor(upstream: Upstream, sample: Sample, now: { now(): number; wallNow(): number }) {
    this.#upstream = upstream;
    this.#sample = sample;
    this.#now = now;
  }

  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const from = this.#now.now();
    const answer = await this.#upstream.send(request);
    if (answer.kind === 'body') {
      this.#came.set(answerKey(request, this.#sample), {
        at: this.#now.wallNow(),
        status: answer.status,
        value: answer.value,
        durationMs: Math.max(0, this.#now.now() - from),
      });
    }
    return answer;
  }

  async keep(store: AnswerStore): Promise<void> {
    for (const [key, answer] of this.#came) await store.put(key, answer);
  }
}

export interface ReplayRule {
  readonly sample: Sample;
  /** Answers from before it are too old; wall clock, milliseconds since 1970. */
  readonly notBefore: number;
}

/** Sends nothing: gives what was answered before. */
export class ReplayingUpstream implements Upstream {
  readonly #store: AnswerStore;
  readonly #rule: ReplayRule;
  /** Something was asked of which nothing is kept. */
  missed = false;
  /** How long the answers had taken when they were given, in milliseconds. */
  tookMs = 0;
  /** When the oldest of them was given. */
  givenAt: number | undefined;

  constructor(store: AnswerStore, rule: ReplayRule) {
    this.#store = store;
    this.#rule = rule;
  }

  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const found = await this.#store.get(answerKey(request, this.#rule.sample));
    if (!found || found.at < this.#rule.notBefore) {
      this.missed = true;
      throw new UpstreamFault({ kind: 'unknown', message: 'no answer is kept' });
    }
    this.tookMs += found.durationMs;
    this.givenAt = Math.min(this.givenAt ?? found.at, found.at);
    return { kind: 'body', status: found.status, headers: {}, value: found.value };
  }
}
